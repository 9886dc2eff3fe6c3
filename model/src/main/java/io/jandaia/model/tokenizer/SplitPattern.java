package io.jandaia.model.tokenizer;

import io.jandaia.error.JandaiaException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A compiled regular expression of a tokenizer. A backtracking machine with its own stack in place of recursion: repeated
 * character classes are one instruction, so that the patterns of real tokenizers run in linear time, and no text can
 * overflow the thread's stack. Syntax and meaning follow Oniguruma in UTF-8 mode as far as {@link PatternParser} reads it.
 */
final class SplitPattern {

    /** What the machine does; the operands are in {@link #x}, {@link #y} and {@link #sets}. */
    enum Op {
        /** One character of the set. */
        SET,
        /** From {@code x} to {@code y} characters of the set, as many as possible, giving back one at a time. */
        GREEDY,
        /** As many as possible, giving back none. */
        POSSESSIVE,
        /** Try {@code x} first, then {@code y}. */
        SPLIT,
        JUMP,
        /** The code up to its {@link #MATCH} must match here ({@code y} 1) or must not ({@code y} 0); go on at {@code x}. */
        AHEAD,
        /** The character before must be in the set ({@code y} 1) or not ({@code y} 0). */
        BEHIND,
        /** The code up to its {@link #MATCH} matches once and is not entered again; go on at {@code x}. */
        ATOMIC,
        START,
        END,
        /** End, or before a newline at the end. */
        LINE_END,
        BOUNDARY,
        NOT_BOUNDARY,
        MATCH
    }

    private final String source;
    private final Op[] op;
    private final int[] x;
    private final int[] y;
    private final CharSet[] sets;
    /** Where each alternative of the whole pattern begins, and which ASCII characters it may begin with. */
    private final int[] alternatives;

    private final long[] firstLow;
    private final long[] firstHigh;

    SplitPattern(String source, List<Instruction> code, int[] alternatives, long[] firstLow, long[] firstHigh) {
        this.source = source;
        op = new Op[code.size()];
        x = new int[code.size()];
        y = new int[code.size()];
        sets = new CharSet[code.size()];
        for (int i = 0; i < op.length; i++) {
            Instruction instruction = code.get(i);
            op[i] = instruction.op;
            x[i] = instruction.x;
            y[i] = instruction.y;
            sets[i] = instruction.set;
        }
        this.alternatives = alternatives;
        this.firstLow = firstLow;
        this.firstHigh = firstHigh;
    }

    static SplitPattern compile(String source) {
        return new PatternParser(source).compile();
    }

    /** A pattern that matches exactly these characters. */
    static SplitPattern literal(String text) {
        return new PatternParser(text).compileLiteral();
    }

    /** A pattern that matches runs of each set, tried in order. */
    static SplitPattern runs(CharSet... sets) {
        List<Instruction> code = new ArrayList<>();
        int[] alternatives = new int[sets.length];
        long[] any = new long[sets.length];
        Arrays.fill(any, -1);
        for (int i = 0; i < sets.length; i++) {
            alternatives[i] = code.size();
            code.add(new Instruction(Op.GREEDY, 1, Integer.MAX_VALUE, sets[i]));
            code.add(new Instruction(Op.MATCH, 0, 0, CharSet.ANY));
        }
        return new SplitPattern("runs", code, alternatives, any, any);
    }

    static final class Instruction {
        final Op op;
        int x;
        int y;
        final CharSet set;

        Instruction(Op op, int x, int y, CharSet set) {
            this.op = op;
            this.x = x;
            this.y = y;
            this.set = set;
        }
    }

    @Override
    public String toString() {
        return source;
    }

    /** Finds matches one after the other in a range that is a text of its own: nothing outside is looked at. */
    Search search(String text, int from, int to) {
        return new Search(text, from, to);
    }

    /** One pass over one text range. */
    final class Search {
        private final String text;
        private int from;
        private int to;
        private int next;
        private int[] stack = new int[48];
        private int top;
        /** Per alternative: up to where its leading greedy set has been seen to lead nowhere. */
        private final int[] hopeless = new int[alternatives.length];

        private int lastEnd;
        /**
         * What the machine may still do, eight steps or characters counting one: a pattern such as (a+)+b would go on for
         * years. A text in many parts gets the constant for each of them.
         */
        private long left = 10_000;

        int start;
        int end;

        Search(String text, int from, int to) {
            this.text = text;
            reset(from, to);
        }

        /** Another range of the same text. */
        void reset(int from, int to) {
            this.from = from;
            this.to = to;
            next = from;
            lastEnd = -1;
            left += 100L * (to - from);
            Arrays.fill(hopeless, -1);
        }

        /** Moves to the next match and sets {@link #start} and {@link #end}; false when there is none. */
        boolean find() {
            for (int at = next; at <= to; ) {
                int c = at < to ? text.charAt(at) : -1;
                int found = matchAt(at, c);
                if (found > at || (found == at && at != lastEnd)) {
                    start = at;
                    end = found;
                    lastEnd = found;
                    next = found;
                    return true;
                }
                at += c >= 0xD800 && c < 0xDC00 && at + 1 < to ? 2 : 1;
            }
            next = to + 1;
            return false;
        }

        private int matchAt(int at, int c) {
            spend(alternatives.length >> 2);
            for (int i = 0; i < alternatives.length; i++) {
                if (c >= 0 && c < 128 && ((c < 64 ? firstLow[i] : firstHigh[i]) >>> c & 1) == 0) continue;
                if (at < hopeless[i]) continue;
                int pc = alternatives[i];
                int found = run(pc, at);
                if (found >= 0) return found;
                if (op[pc] == Op.GREEDY && y[pc] == Integer.MAX_VALUE) {
                    // Whatever follows the set has failed at every end up to here; a later start has no other ends.
                    hopeless[i] = skip(sets[pc], at, Integer.MAX_VALUE);
                }
            }
            return -1;
        }

        private int codePoint(int at) {
            char c = text.charAt(at);
            if (c < 0xD800 || c >= 0xDC00 || at + 1 >= to) return c;
            char d = text.charAt(at + 1);
            return Character.isLowSurrogate(d) ? Character.toCodePoint(c, d) : c;
        }

        private int before(int at) {
            return text.codePointBefore(at);
        }

        private int skip(CharSet set, int at, int most) {
            int n = 0;
            while (at < to && n < most) {
                int c = codePoint(at);
                if (!set.has(c)) break;
                at += c < 0x10000 ? 1 : 2;
                n++;
            }
            return at;
        }

        private void push(int pc, int at, int low) {
            if (top + 3 > stack.length) {
                // Far more open choices than characters: an endless repeat of many optional parts.
                if (stack.length > 100_000 + 50L * (to - from)) spend(left + 1);
                stack = Arrays.copyOf(stack, 2 * stack.length);
            }
            stack[top++] = pc;
            stack[top++] = at;
            stack[top++] = low;
        }

        private void spend(long work) {
            left -= work;
            if (left < 0) {
                throw new JandaiaException(
                        JandaiaException.Kind.RESOURCE,
                        "Splitting a text: the pattern '" + Vocabulary.shown(source)
                                + "' of the tokenizer takes more steps than a text of " + (to - from)
                                + " characters is worth; the tokenizer is not fit for use, take another.");
            }
        }

        /** Where a match that begins with instruction {@code pc} at {@code at} ends, or -1. */
        private int run(int pc, int at) {
            int base = top;
            int steps = 0;
            while (true) {
                boolean ok = true;
                if (++steps >= 1 << 12) {
                    spend(steps >> 3);
                    steps = 0;
                }
                switch (op[pc]) {
                    case SET -> {
                        ok = at < to;
                        if (ok) {
                            int c = codePoint(at);
                            ok = sets[pc].has(c);
                            at += c < 0x10000 ? 1 : 2;
                        }
                        pc++;
                    }
                    case GREEDY -> {
                        int low = x[pc] == 0 ? at : skip(sets[pc], at, x[pc]);
                        steps += low - at;
                        ok = x[pc] == 0 || Character.codePointCount(text, at, low) == x[pc];
                        if (ok) {
                            at = skip(sets[pc], low, y[pc] - x[pc]);
                            steps += at - low;
                            pc++;
                            if (at > low) push(pc, at, low);
                        }
                    }
                    case POSSESSIVE -> {
                        int low = x[pc] == 0 ? at : skip(sets[pc], at, x[pc]);
                        steps += low - at;
                        ok = x[pc] == 0 || Character.codePointCount(text, at, low) == x[pc];
                        at = skip(sets[pc], low, y[pc] - x[pc]);
                        steps += at - low;
                        pc++;
                    }
                    case SPLIT -> {
                        push(y[pc], at, -1);
                        pc = x[pc];
                    }
                    case JUMP -> pc = x[pc];
                    case AHEAD -> {
                        ok = run(pc + 1, at) >= 0 == (y[pc] == 1);
                        pc = x[pc];
                    }
                    case BEHIND -> {
                        ok = (at > from && sets[pc].has(before(at))) == (y[pc] == 1);
                        pc++;
                    }
                    case ATOMIC -> {
                        at = run(pc + 1, at);
                        ok = at >= 0;
                        pc = x[pc];
                    }
                    case START -> {
                        ok = at == from;
                        pc++;
                    }
                    case END -> {
                        ok = at == to;
                        pc++;
                    }
                    case LINE_END -> {
                        ok = at == to || text.charAt(at) == '\n';
                        pc++;
                    }
                    case BOUNDARY, NOT_BOUNDARY -> {
                        boolean left = at > from && CharSet.isOnigurumaWord(before(at));
                        boolean right = at < to && CharSet.isOnigurumaWord(codePoint(at));
                        ok = (left != right) == (op[pc] == Op.BOUNDARY);
                        pc++;
                    }
                    case MATCH -> {
                        top = base;
                        spend(steps >> 3);
                        return at;
                    }
                }
                if (ok) continue;
                if (top == base) {
                    spend(steps >> 3);
                    return -1;
                }
                steps += 8;
                int low = stack[--top];
                at = stack[--top];
                pc = stack[--top];
                if (low >= 0) {
                    at -= Character.charCount(before(at));
                    if (at > low) push(pc, at, low);
                }
            }
        }
    }

    /** All matches as text, for tests and messages. */
    List<String> matches(String text) {
        List<String> found = new ArrayList<>();
        Search search = search(text, 0, text.length());
        while (search.find()) found.add(text.substring(search.start, search.end));
        return found;
    }
}
