package io.jandaia.model.grammar;

import io.jandaia.error.JandaiaException;
import java.util.Map;

/** Strings of a format as regular expressions: every match is of the format; rare forms of it are left out. */
final class Formats {

    private static final String DATE = "[12][0-9]{3}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])"
            + "|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))";
    private static final String TIME =
            "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,6})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])";
    private static final String LABEL = "[a-zA-Z0-9]{1,15}(-[a-zA-Z0-9]{1,15}){0,3}";
    private static final String HOST = LABEL + "(\\." + LABEL + "){0,2}";
    private static final String BYTE = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])";

    private static final Map<String, String> KNOWN = Map.of(
            "date",
            DATE,
            "time",
            TIME,
            "date-time",
            DATE + "T" + TIME,
            "email",
            "[a-zA-Z0-9_+-]{1,15}(\\.[a-zA-Z0-9_+-]{1,15}){0,3}@(" + LABEL + "\\.){1,3}[a-zA-Z]{2,15}",
            "uuid",
            "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
            "uri",
            "(https?|ftp)://" + HOST + "(:[1-9][0-9]{0,3})?(/[a-zA-Z0-9._~-]{0,60}){0,10}"
                    + "(\\?[a-zA-Z0-9._~=&-]{0,100})?(#[a-zA-Z0-9._~-]{0,40})?",
            "ipv4",
            BYTE + "(\\." + BYTE + "){3}",
            "ipv6",
            "([0-9a-f]{1,4}:){7}[0-9a-f]{1,4}",
            "hostname",
            HOST);

    private Formats() {}

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
