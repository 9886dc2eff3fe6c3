package io.jandaia.model.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A step from token strings to text. A decoder makes stages; a stage is fed one token after the other. */
sealed interface Decoder
        permits MarianDecoder,
                Decoder.Chain,
                Decoder.Fuse,
                Decoder.ByteLevel,
                Decoder.ByteFallback,
                Decoder.Replace,
                Decoder.Strip,
                Decoder.Marks,
                Decoder.WordPiece,
                Decoder.Ctc,
                Decoder.Suffix,
                Decoder.Spaced {

    /** What errors begin with. */
    String DOING = "Decoding tokens";

    /** A stage that hands its tokens to {@code next}. */
    Sink stage(Sink next);

    /** Takes tokens, each as one or more chunks and an end, then the end of all. */
    interface Sink {
        void chunk(String part);

        void endToken();

        void endAll();
    }

    record Chain(List<Decoder> steps) implements Decoder {
        public Chain {
            steps = Growth.steps(steps.stream()
                    .flatMap(step -> step instanceof Chain chain ? chain.steps.stream() : Stream.of(step))
                    .toList());
        }

        @Override
        public Sink stage(Sink next) {
            if (steps.stream().noneMatch(Decoder::grows)) return stage(next, null);
            var counts = new Counts();
            Sink first = stage(next, counts);
            return new Counted(first, part -> counts.fed += part.length());
        }

        private Sink stage(Sink next, @Nullable Counts counts) {
            Sink sink = next;
            for (Decoder step : steps.reversed()) {
                sink = step.stage(counts != null && grows(step) ? counts.checked(sink) : sink);
            }
            return sink;
        }
    }

    /** Whether a step may make many times of what it gets. */
    private static boolean grows(Decoder step) {
        return switch (step) {
            case Replace replace -> replace.literal.isEmpty() || replace.content.length() > replace.literal.length();
            case Ctc ctc -> ctc.cleanup && ctc.delimiter.isEmpty();
            default -> false;
        };
    }

    /** How much a chain was given and its steps made of it. */
    final class Counts {
        private long fed;

        Sink checked(Sink next) {
            long[] made = {0};
            return new Counted(next, part -> {
                made[0] += part.length();
                Growth.check(DOING, made[0], fed);
            });
        }
    }

    /** Looks at chunks before it passes them on. */
    record Counted(Sink next, Consumer<String> look) implements Sink {
        @Override
        public void chunk(String part) {
            look.accept(part);
            next.chunk(part);
        }

        @Override
        public void endToken() {
            next.endToken();
        }

        @Override
        public void endAll() {
            next.endAll();
        }
    }

    /** Joins all tokens into one. */
    record Fuse() implements Decoder {
        @Override
        public Sink stage(Sink next) {
            return new Sink() {
                @Override
                public void chunk(String part) {
                    next.chunk(part);
                }

                @Override
                public void endToken() {}

                @Override
                public void endAll() {
                    next.endToken();
                    next.endAll();
                }
            };
        }
    }

    /** Byte stand-ins to text: all tokens become one; a token with another character counts as its own UTF-8. */
    record ByteLevel() implements Decoder {
        @Override
        public Sink stage(Sink next) {
            return new Whole(next) {
                private final Utf8Stream bytes = new Utf8Stream();

                @Override
                void token(String token) {
                    String text = bytes.add(bytesOf(token));
                    if (!text.isEmpty()) next.chunk(text);
                }

                @Override
                public void endAll() {
                    String rest = bytes.finish();
                    if (!rest.isEmpty()) next.chunk(rest);
                    next.endToken();
                    next.endAll();
                }
            };
        }

        static byte[] bytesOf(String token) {
            byte[] bytes = new byte[token.length()];
            for (int i = 0; i < bytes.length; i++) {
                int b = ByteAlphabet.toByte(token.charAt(i));
                if (b < 0) return token.getBytes(StandardCharsets.UTF_8);
                bytes[i] = (byte) b;
            }
            return bytes;
        }
    }

    /**
     * Tokens {@code <0x00>} to {@code <0xFF>} to text. A run of them that is not UTF-8 as a whole is one U+FFFD per byte, so
     * a run has to be held until it ends.
     */
    record ByteFallback() implements Decoder {
        @Override
        public Sink stage(Sink next) {
            return new Whole(next) {
                private final java.io.ByteArrayOutputStream run = new java.io.ByteArrayOutputStream();

                @Override
                void token(String token) {
                    int b = byteOf(token);
                    if (b >= 0) {
                        run.write(b);
                        return;
                    }
                    flush();
                    next.chunk(token);
                    next.endToken();
                }

                private void flush() {
                    if (run.size() == 0) return;
                    byte[] bytes = run.toByteArray();
                    run.reset();
                    String text = Utf8Stream.strict(bytes);
                    if (text != null) {
                        next.chunk(text);
                        next.endToken();
                        return;
                    }
                    for (int i = 0; i < bytes.length; i++) {
                        next.chunk("\uFFFD");
                        next.endToken();
                    }
                }

                @Override
                public void endAll() {
                    flush();
                    next.endAll();
                }
            };
        }

        /** The byte that a token stands for, or -1. */
        static int byteOf(String token) {
            if (token.length() != 6 || !token.startsWith("<0x") || token.charAt(5) != '>') return -1;
            int high = Character.digit(token.charAt(3), 16);
            int low = Character.digit(token.charAt(4), 16);
            return token.charAt(3) > 'f' || token.charAt(4) > 'f' || high < 0 || low < 0 ? -1 : high << 4 | low;
        }
    }

    record Replace(SplitPattern pattern, String literal, String content) implements Decoder {
        @Override
        public Sink stage(Sink next) {
            if (literal.length() == 1 && content.length() <= 1) {
                // A single character cannot lie across chunks.
                return new PerChunk(next, part -> part.replace(literal, content));
            }
            return new PerToken(next, (token, index) -> replaced(token));
        }

        private String replaced(String token) {
            SplitPattern.Search search = pattern.search(token, 0, token.length());
            var out = new StringBuilder();
            int done = 0;
            while (!token.isEmpty() && search.find()) {
                out.append(token, done, search.start).append(content);
                Growth.check(DOING, out.length(), token.length());
                done = search.end;
            }
            return out.append(token, done, token.length()).toString();
        }
    }

    /** Takes up to {@code start} and {@code stop} times a character off the ends of each token. */
    record Strip(int content, int start, int stop) implements Decoder {
        @Override
        public Sink stage(Sink next) {
            return new Sink() {
                private int stripped;
                private boolean inside;
                private final StringBuilder held = new StringBuilder();

                @Override
                public void chunk(String part) {
                    int at = 0;
                    while (!inside && at < part.length()) {
                        if (stripped == start || part.codePointAt(at) != content) {
                            inside = true;
                        } else {
                            stripped++;
                            at += Character.charCount(content);
                        }
                    }
                    if (at == part.length()) return;
                    held.append(part, at, part.length());
                    int keep = held.length();
                    if (stop > 0) {
                        // Only as many at the end as might have to go.
                        for (int n = 0; n < stop && keep > 0 && held.codePointBefore(keep) == content; n++) {
                            keep -= Character.charCount(content);
                        }
                    }
                    if (keep > 0) next.chunk(held.substring(0, keep));
                    held.delete(0, keep);
                }

                @Override
                public void endToken() {
                    held.setLength(0);
                    stripped = 0;
                    inside = false;
                    next.endToken();
                }

                @Override
                public void endAll() {
                    next.endAll();
                }
            };
        }
    }

    /** A mark to a space, except in the first token when one was put before the first word. */
    record Marks(char mark, boolean prepended) implements Decoder {
        @Override
        public Sink stage(Sink next) {
            return new PerToken(
                    next, (token, index) -> token.replace(String.valueOf(mark), index == 0 && prepended ? "" : " "));
        }
    }

    /** Parts of words joined, words with a space between. */
    record WordPiece(String prefix, boolean cleanup) implements Decoder {
        @Override
        public Sink stage(Sink next) {
            return new PerToken(next, (token, index) -> {
                String text = token;
                if (index > 0) text = text.startsWith(prefix) ? text.substring(prefix.length()) : " " + text;
                return cleanup ? clean(text) : text;
            });
        }

        /** The English clean-up of the reference, token by token. */
        static String clean(String text) {
            if (text.indexOf(' ') < 0) return text;
            return text.replace(" .", ".")
                    .replace(" ?", "?")
                    .replace(" !", "!")
                    .replace(" ,", ",")
                    .replace(" ' ", "'")
                    .replace(" n't", "n't")
                    .replace(" 'm", "'m")
                    .replace(" do not", " don't")
                    .replace(" 's", "'s")
                    .replace(" 've", "'ve")
                    .replace(" 're", "'re");
        }
    }

    /** Repeated tokens once, then without the blank. */
    record Ctc(String pad, String delimiter, boolean cleanup) implements Decoder {
        @Override
        public Sink stage(Sink next) {
            return new Whole(next) {
                private @Nullable String previous;

                @Override
                void token(String token) {
                    if (token.equals(previous)) return;
                    previous = token;
                    String text = pad.isEmpty() ? token : token.replace(pad, "");
                    if (cleanup) text = WordPiece.clean(text).replace(delimiter, " ");
                    if (text.isEmpty()) return;
                    next.chunk(text);
                    next.endToken();
                }
            };
        }
    }

    /** The suffix that ends a word to a space, and to nothing at the very end. */
    record Suffix(String suffix) implements Decoder {
        @Override
        public Sink stage(Sink next) {
            return new Whole(next) {
                private @Nullable String waiting;

                @Override
                void token(String token) {
                    pass(" ");
                    waiting = token;
                }

                private void pass(String replacement) {
                    if (waiting == null) return;
                    next.chunk(suffix.isEmpty() ? waiting : waiting.replace(suffix, replacement));
                    next.endToken();
                    waiting = null;
                }

                @Override
                public void endAll() {
                    pass("");
                    next.endAll();
                }
            };
        }
    }

    /** No decoder: tokens with a space between. */
    record Spaced() implements Decoder {
        @Override
        public Sink stage(Sink next) {
            return new PerToken(next, (token, index) -> index == 0 ? token : " " + token);
        }
    }

    /** What a step does to each whole token. */
    interface TokenChange {
        String apply(String token, int index);
    }

    /** Collects chunks to whole tokens. */
    abstract class Whole implements Sink {
        private final Sink next;
        private @Nullable String single;
        private final StringBuilder several = new StringBuilder();

        Whole(Sink next) {
            this.next = next;
        }

        abstract void token(String token);

        @Override
        public void chunk(String part) {
            if (single == null && several.isEmpty()) {
                single = part;
                return;
            }
            if (single != null) several.append(single);
            single = null;
            several.append(part);
        }

        @Override
        public void endToken() {
            String token = single != null ? single : several.toString();
            single = null;
            several.setLength(0);
            token(token);
        }

        @Override
        public void endAll() {
            next.endAll();
        }
    }

    /** One token in, one out. */
    final class PerToken extends Whole {
        private final Sink next;
        private final TokenChange change;
        private int index;

        PerToken(Sink next, TokenChange change) {
            super(next);
            this.next = next;
            this.change = change;
        }

        @Override
        void token(String token) {
            next.chunk(change.apply(token, index++));
            next.endToken();
        }
    }

    /** A change that needs no more than the characters themselves. */
    record PerChunk(Sink next, UnaryOperator<String> change) implements Sink {
        @Override
        public void chunk(String part) {
            next.chunk(change.apply(part));
        }

        @Override
        public void endToken() {
            next.endToken();
        }

        @Override
        public void endAll() {
            next.endAll();
        }
    }
}
