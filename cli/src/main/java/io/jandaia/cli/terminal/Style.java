package io.jandaia.cli.terminal;

/** How text looks on a terminal: a set of bits, so that styles add up. */
public final class Style {

    public static final int PLAIN = 0;
    public static final int BOLD = 1;
    public static final int DIM = 1 << 1;
    public static final int ITALIC = 1 << 2;
    public static final int UNDERLINE = 1 << 3;
    public static final int STRIKE = 1 << 4;
    public static final int CODE = 1 << 5;
    public static final int HEADING = 1 << 6;
    public static final int ERROR = 1 << 7;
    public static final int PROMPT = 1 << 8;

    /** "Select Graphic Rendition" parameters (ECMA-48) in the order of the bits. */
    private static final String[] CODES = {"1", "2", "3", "4", "9", "36", "1;36", "31", "1;32"};

    private Style() {}

    /** The text with the codes of the style, self-contained: it ends as it began, without style. */
    public static String on(String text, int style) {
        if (style == PLAIN || text.isEmpty()) {
            return text;
        }
        StringBuilder codes = new StringBuilder("\033[");
        for (int i = 0; i < CODES.length; i++) {
            if ((style & 1 << i) != 0) {
                codes.append(codes.length() > 2 ? ";" : "").append(CODES[i]);
            }
        }
        return codes.append('m').append(text).append("\033[0m").toString();
    }
}
