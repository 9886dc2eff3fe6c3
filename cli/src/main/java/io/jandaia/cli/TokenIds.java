package io.jandaia.cli;

import io.jandaia.error.JandaiaException;

/** Token ids on a command line: {@code 5,6,7}. */
final class TokenIds {

    private TokenIds() {}

    static int[] parse(String text, String where) {
        String[] parts = text.strip().split("\\s*,\\s*|\\s+", -1);
        int[] ids = new int[parts.length];
        for (int i = 0; i < ids.length; i++) {
            try {
                ids[i] = Integer.parseInt(parts[i]);
            } catch (NumberFormatException e) {
                throw JandaiaException.usage(where + " has '" + parts[i] + "' at place " + (i + 1)
                        + "; expected whole numbers such as 5,6,7.");
            }
        }
        return ids;
    }
}
