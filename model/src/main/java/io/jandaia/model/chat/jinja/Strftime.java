package io.jandaia.model.chat.jinja;

import java.time.DayOfWeek;
import java.time.LocalDateTime;
import java.time.format.TextStyle;
import java.time.temporal.ChronoUnit;
import java.time.temporal.IsoFields;
import java.util.Locale;

/** Python's {@code datetime.strftime} in the C locale, for a time without zone. */
final class Strftime {

    private Strftime() {}

    static String format(String format, LocalDateTime time) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < format.length(); i++) {
            char c = format.charAt(i);
            if (c != '%' || i + 1 == format.length()) {
                out.append(c);
                continue;
            }
            char code = format.charAt(++i);
            if ((code == '-' || code == '_' || code == '^' || code == '0') && i + 1 < format.length()) {
                String plain = field(format.charAt(++i), time);
                out.append(
                        switch (code) {
                            case '-' -> plain.matches("[0 ]+.+") ? plain.replaceFirst("^[0 ]+", "") : plain;
                            case '_' -> plain.matches("0+.+") ? blank(plain) : plain;
                            case '^' -> plain.toUpperCase(Locale.ROOT);
                            default -> plain.replace(' ', '0');
                        });
            } else {
                out.append(field(code, time));
            }
        }
        return out.toString();
    }

    private static String blank(String number) {
        int zeros = 0;
        while (number.charAt(zeros) == '0') {
            zeros++;
        }
        return " ".repeat(zeros) + number.substring(zeros);
    }

    private static String field(char code, LocalDateTime time) {
        DayOfWeek day = time.getDayOfWeek();
        return switch (code) {
            case 'a' -> day.getDisplayName(TextStyle.SHORT, Locale.ENGLISH);
            case 'A' -> day.getDisplayName(TextStyle.FULL, Locale.ENGLISH);
            case 'b', 'h' -> time.getMonth().getDisplayName(TextStyle.SHORT, Locale.ENGLISH);
            case 'B' -> time.getMonth().getDisplayName(TextStyle.FULL, Locale.ENGLISH);
            case 'c' -> format("%a %b %e %H:%M:%S %Y", time);
            case 'C' -> two(time.getYear() / 100);
            case 'd' -> two(time.getDayOfMonth());
            case 'D', 'x' -> format("%m/%d/%y", time);
            case 'e' -> String.format(Locale.ROOT, "%2d", time.getDayOfMonth());
            case 'f' -> String.format(Locale.ROOT, "%06d", time.getNano() / 1000);
            case 'F' -> format("%Y-%m-%d", time);
            case 'g' -> two(time.get(IsoFields.WEEK_BASED_YEAR) % 100);
            case 'G' -> String.valueOf(time.get(IsoFields.WEEK_BASED_YEAR));
            case 'H' -> two(time.getHour());
            case 'I' -> two(time.getHour() % 12 == 0 ? 12 : time.getHour() % 12);
            case 'j' -> String.format(Locale.ROOT, "%03d", time.getDayOfYear());
            case 'k' -> String.format(Locale.ROOT, "%2d", time.getHour());
            case 'l' -> String.format(Locale.ROOT, "%2d", time.getHour() % 12 == 0 ? 12 : time.getHour() % 12);
            case 'm' -> two(time.getMonthValue());
            case 'M' -> two(time.getMinute());
            case 'n' -> "\n";
            case 'p' -> time.getHour() < 12 ? "AM" : "PM";
            case 'P' -> time.getHour() < 12 ? "am" : "pm";
            case 'r' -> format("%I:%M:%S %p", time);
            case 'R' -> format("%H:%M", time);
            case 'S' -> two(time.getSecond());
            case 's' -> String.valueOf(ChronoUnit.SECONDS.between(LocalDateTime.of(1970, 1, 1, 0, 0), time));
            case 't' -> "\t";
            case 'T', 'X' -> format("%H:%M:%S", time);
            case 'u' -> String.valueOf(day.getValue());
            case 'U' -> two((time.getDayOfYear() + 6 - day.getValue() % 7) / 7);
            case 'V' -> two(time.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR));
            case 'w' -> String.valueOf(day.getValue() % 7);
            case 'W' -> two((time.getDayOfYear() + 6 - (day.getValue() + 6) % 7) / 7);
            case 'y' -> two(time.getYear() % 100);
            case 'Y' -> String.valueOf(time.getYear());
            case 'z', 'Z' -> "";
            case '%' -> "%";
            default -> "%" + code;
        };
    }

    private static String two(int number) {
        return number < 10 ? "0" + number : String.valueOf(number);
    }
}
