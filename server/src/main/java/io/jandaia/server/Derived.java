package io.jandaia.server;

import java.util.regex.Pattern;

/**
 * A model that is made of another: the other's weights under a name and with a preset of its own.
 *
 * @param base the name of a model that is served or stored, never of another derived one
 * @param created seconds since 1970
 */
public record Derived(String name, String base, long created, Preset preset) {

    private static final String WORD = "[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,94}[A-Za-z0-9_])?";
    private static final Pattern NAME = Pattern.compile("(?:" + WORD + "/)?" + WORD + "(?::[A-Za-z0-9_.-]{1,64})?");

    /**
     * A name that a derived model may have.
     *
     * @param field of the request that says it
     * @throws ApiException 400
     */
    public static String name(String field, String text) {
        if (!NAME.matcher(text).matches() || text.contains("..")) {
            String shown = text.length() > 60 ? text.substring(0, 60) + "..." : text;
            throw ApiException.field(
                    field,
                    "The field '" + field + "' is '" + shown.replaceAll("\\p{Cntrl}", "?")
                            + "'; expected name, org/name or org/name:tag, of letters, digits, '_', '.' and '-', at most 96"
                            + " in each part and 64 in the tag.");
        }
        return text;
    }
}
