package io.jandaia.model.grammar;

import io.jandaia.model.grammar.Expression.Characters;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** The characters of a Unicode property, as {@code \p{...}} names it: a general category or a script, in this JDK's version of Unicode. */
final class UnicodeProperty {

    private static final Map<String, String> LONG_NAMES = new HashMap<>();

    static {
        String names = "L Letter Lu Uppercase_Letter Ll Lowercase_Letter Lt Titlecase_Letter Lm Modifier_Letter"
                + " Lo Other_Letter M Mark M Combining_Mark Mn Nonspacing_Mark Mc Spacing_Mark Me Enclosing_Mark"
                + " N Number Nd Decimal_Number Nd digit Nl Letter_Number No Other_Number P Punctuation P punct"
                + " Pc Connector_Punctuation Pd Dash_Punctuation Ps Open_Punctuation Pe Close_Punctuation"
                + " Pi Initial_Punctuation Pf Final_Punctuation Po Other_Punctuation S Symbol Sm Math_Symbol"
                + " Sc Currency_Symbol Sk Modifier_Symbol So Other_Symbol Z Separator Zs Space_Separator"
                + " Zl Line_Separator Zp Paragraph_Separator";
        String[] words = names.split(" ", -1);
        for (int i = 0; i < words.length; i += 2) {
            LONG_NAMES.put(words[i], words[i]);
            LONG_NAMES.put(words[i + 1], words[i]);
        }
    }

    /** The category of each of {@link Character#getType}'s numbers; null where no text has it. */
    private static final @Nullable String[] CATEGORIES = new String[31];

    static {
        CATEGORIES[Character.UPPERCASE_LETTER] = "Lu";
        CATEGORIES[Character.LOWERCASE_LETTER] = "Ll";
        CATEGORIES[Character.TITLECASE_LETTER] = "Lt";
        CATEGORIES[Character.MODIFIER_LETTER] = "Lm";
        CATEGORIES[Character.OTHER_LETTER] = "Lo";
        CATEGORIES[Character.NON_SPACING_MARK] = "Mn";
        CATEGORIES[Character.ENCLOSING_MARK] = "Me";
        CATEGORIES[Character.COMBINING_SPACING_MARK] = "Mc";
        CATEGORIES[Character.DECIMAL_DIGIT_NUMBER] = "Nd";
        CATEGORIES[Character.LETTER_NUMBER] = "Nl";
        CATEGORIES[Character.OTHER_NUMBER] = "No";
        CATEGORIES[Character.SPACE_SEPARATOR] = "Zs";
        CATEGORIES[Character.LINE_SEPARATOR] = "Zl";
        CATEGORIES[Character.PARAGRAPH_SEPARATOR] = "Zp";
        CATEGORIES[Character.DASH_PUNCTUATION] = "Pd";
        CATEGORIES[Character.START_PUNCTUATION] = "Ps";
        CATEGORIES[Character.END_PUNCTUATION] = "Pe";
        CATEGORIES[Character.CONNECTOR_PUNCTUATION] = "Pc";
        CATEGORIES[Character.OTHER_PUNCTUATION] = "Po";
        CATEGORIES[Character.INITIAL_QUOTE_PUNCTUATION] = "Pi";
        CATEGORIES[Character.FINAL_QUOTE_PUNCTUATION] = "Pf";
        CATEGORIES[Character.MATH_SYMBOL] = "Sm";
        CATEGORIES[Character.CURRENCY_SYMBOL] = "Sc";
        CATEGORIES[Character.MODIFIER_SYMBOL] = "Sk";
        CATEGORIES[Character.OTHER_SYMBOL] = "So";
    }

    private static final Map<String, Characters> KNOWN = new ConcurrentHashMap<>();

    private UnicodeProperty() {}

    /** The characters; null when it is none that is known here. */
    static @Nullable Characters of(String name) {
        Characters known = KNOWN.get(name);
        if (known != null) {
            return known;
        }
        IntPredicate has = predicate(name);
        if (has == null) {
            return null;
        }
        Characters found = characters(has);
        KNOWN.put(name, found);
        return found;
    }

    private static @Nullable IntPredicate predicate(String name) {
        String[] parts = name.split("=", 2);
        String value = parts[parts.length - 1];
        String key = parts.length == 1 ? "gc" : parts[0];
        if (key.equals("Script") || key.equals("sc")) {
            try {
                Character.UnicodeScript script = Character.UnicodeScript.forName(value.toUpperCase(Locale.ROOT));
                return c -> Character.UnicodeScript.of(c) == script;
            } catch (IllegalArgumentException e) {
                return null;
            }
        }
        String category = key.equals("gc") || key.equals("General_Category") ? LONG_NAMES.get(value) : null;
        return category == null
                ? null
                : c -> {
                    String own = CATEGORIES[Character.getType(c)];
                    return own != null && own.startsWith(category);
                };
    }

    private static Characters characters(IntPredicate has) {
        List<int[]> pairs = new ArrayList<>();
        for (int c = 0; c <= Characters.LAST; c++) {
            if (has.test(c) && Character.getType(c) != Character.SURROGATE) {
                if (!pairs.isEmpty() && pairs.getLast()[1] == c - 1) {
                    pairs.getLast()[1] = c;
                } else {
                    pairs.add(new int[] {c, c});
                }
            }
        }
        return Characters.of(pairs);
    }
}
