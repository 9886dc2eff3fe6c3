package io.jandaia.model.grammar;

import io.jandaia.error.JandaiaException;
import java.util.Map;

/** Strings of a format as regular expressions: every match is of the format; rare forms of it are left out. */
final class Formats {

    private static final String FOURS = "(0[48]|[2468][048]|[13579][26])";
    private static final String LEAP_YEAR = "([0-9]{2}" + FOURS + "|" + FOURS + "00)";
    private static final String YEAR = "([1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])";
    private static final String DATE = "(" + YEAR + "-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])"
            + "|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))|" + LEAP_YEAR + "-02-29)";
    private static final String TIME =
            "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])";
    private static final String LABEL = "[a-zA-Z0-9]{1,15}(-[a-zA-Z0-9]{1,15}){0,2}";
    private static final String HOST = LABEL + "(\\." + LABEL + "){0,4}";
    private static final String EMAIL =
            "[a-zA-Z0-9_+-]{1,15}(\\.[a-zA-Z0-9_+-]{1,15}){0,3}@(" + LABEL + "\\.){1,4}[a-zA-Z]{2,15}";
    private static final String BYTE = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])";
    /** A character of a path, as RFC 3986 has it. */
    private static final String PATH = "([a-zA-Z0-9._~!$&'()*+,;=:@-]|%[0-9a-fA-F]{2})";

    private static final String QUERY = "([a-zA-Z0-9._~!$&'()*+,;=:@/?-]|%[0-9a-fA-F]{2})";

    private static final Map<String, String> KNOWN = Map.of(
            "date",
            DATE,
            "time",
            TIME,
            "date-time",
            DATE + "T" + TIME,
            "email",
            EMAIL,
            "uuid",
            "[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}",
            "uri",
            "((https?|ftp)://" + HOST + "(:([1-9][0-9]{0,3}|[1-5][0-9]{4}))?(/" + PATH + "{0,40}){0,8}(\\?" + QUERY
                    + "{0,80})?(#" + QUERY + "{0,40})?|mailto:" + EMAIL + "|urn:[a-z0-9]{2,20}:" + PATH + "{1,60})",
            "ipv4",
            BYTE + "(\\." + BYTE + "){3}",
            "ipv6",
            ipv6(),
            "hostname",
            HOST);

    private Formats() {}

    /** Eight numbers, or fewer with one "::" for two zeros or more. */
    private static String ipv6() {
        String number = "[0-9a-f]{1,4}";
        StringBuilder all = new StringBuilder("((" + number + ":){7}" + number + "|(" + number + ":){1,6}:|::");
        for (int before = 0; before < 6; before++) {
            all.append(before == 0 ? "|:" : "|(" + number + ":){" + before + "}");
            all.append("(:" + number + "){1," + (6 - before) + "}");
        }
        return all.append(')').toString();
    }

    static String regex(String format, String place) {
        String regex = KNOWN.get(format);
        if (regex == null) {
            throw JandaiaException.unsupported("The JSON schema's keyword 'format' at " + place + " is '" + format
                    + "'; those that can be guaranteed are "
                    + String.join(", ", KNOWN.keySet().stream().sorted().toList())
                    + ".");
        }
        return regex;
    }
}
