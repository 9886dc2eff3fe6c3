package io.jandaia.cli;

import io.jandaia.cli.language.Texts;

/** Token ids on a command line: {@code 5,6,7}, also with spaces, or as JSON has them. */
final class TokenIds {

    private TokenIds() {}

    static int[] parse(String text, String where, Texts texts) {
        String list = text.strip();
        if (list.startsWith("[") && list.endsWith("]")) {
            list = list.substring(1, list.length() - 1).strip();
        }
        String[] parts = list.split("\\s*,\\s*|\\s+", -1);
        int[] ids = new int[parts.length];
        for (int i = 0; i < ids.length; i++) {
            try {
                ids[i] = Integer.parseInt(parts[i]);
            } catch (NumberFormatException e) {
                throw texts.usage("token.ids", where, parts[i], i + 1);
            }
        }
        return ids;
    }
}
