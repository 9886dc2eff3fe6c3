package io.jandaia.model.answer;

import io.jandaia.model.answer.CallFormat.Arguments;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Takes a model's text as it comes and gives the pieces of its answer as soon as they are certain. Nothing is lost: what
 * turns out to be no call is text. For one answer and one thread.
 */
public final class AnswerParser {

    private enum Where {
        START,
        REASONING,
        AFTER_REASONING,
        TEXT,
        OPEN,
        NAME,
        ARGUMENTS,
        AFTER_CALL,
        NO_CALL,
        END
    }

    private final AnswerFormat format;
    private final @Nullable CallFormat calls;
    private final List<Tool> tools;
    private final Supplier<String> ids;
    private final StringBuilder rest = new StringBuilder();
    /** What was taken since the last call, or since the text. */
    private final StringBuilder attempt = new StringBuilder();

    private final List<AnswerPart> parts = new ArrayList<>();
    private Where where;
    private boolean first = true;
    private boolean finished;
    /** Whether it was said that text comes. */
    private boolean plain;

    private int call = -1;
    private @Nullable String id;
    private @Nullable ArgumentsReader reader;

    /**
     * @param tools that may be called; empty for none
     * @param reasons whether the text begins with reasoning
     * @param ids gives calls their ids, where the model gives none
     */
    public AnswerParser(AnswerFormat format, List<Tool> tools, boolean reasons, Supplier<String> ids) {
        this.format = format;
        this.calls = tools.isEmpty() ? null : format.calls();
        this.tools = tools.stream()
                .sorted((a, b) -> b.name().length() - a.name().length())
                .toList();
        this.ids = ids;
        this.where = reasons ? Where.REASONING : Where.START;
    }

    /** Takes more of the text; what is certain with it. */
    public List<AnswerPart> add(String text) {
        rest.append(text);
        while (step()) {}
        return taken();
    }

    /** Takes the end; what was waiting for more. */
    public List<AnswerPart> finish() {
        finished = true;
        while (step()) {}
        return taken();
    }

    private List<AnswerPart> taken() {
        List<AnswerPart> out = List.copyOf(parts);
        parts.clear();
        return out;
    }

    /** Goes on from one place to the next; false when more text is needed. */
    private boolean step() {
        return switch (where) {
            case START -> start();
            case REASONING -> reasoning();
            case AFTER_REASONING -> opening();
            case TEXT -> text();
            case OPEN -> open();
            case NAME -> name();
            case ARGUMENTS -> arguments();
            case AFTER_CALL -> afterCall();
            case NO_CALL -> {
                give(rest.length(), false, false);
                yield false;
            }
            case END -> false;
        };
    }

    private void go(Where to) {
        where = to;
    }

    /** Whether the text begins with something: 1 yes, -1 no, 0 not known yet. White space in front counts as part of it. */
    private int begins(String with) {
        int from = blank();
        String text = rest.substring(from);
        if (text.startsWith(with)) {
            return 1;
        }
        return !finished && with.startsWith(text) ? 0 : -1;
    }

    private int blank() {
        int from = 0;
        while (from < rest.length() && Character.isWhitespace(rest.charAt(from))) {
            from++;
        }
        return from;
    }

    private void skip(String what) {
        rest.delete(0, blank() + what.length());
    }

    private boolean start() {
        ReasoningFormat r = format.reasoning();
        String start = r == null ? null : r.start();
        int known = start == null ? -1 : begins(start);
        if (known == 0) {
            return false;
        }
        if (start != null && known > 0) {
            skip(start);
        }
        go(known > 0 ? Where.REASONING : Where.AFTER_REASONING);
        return true;
    }

    private boolean reasoning() {
        ReasoningFormat r = format.reasoning();
        if (r == null) {
            go(Where.TEXT);
            return true;
        }
        int end = rest.indexOf(r.end());
        if (end >= 0) {
            give(end, true, true);
            rest.delete(0, r.end().length());
            first = true;
            go(Where.AFTER_REASONING);
            return true;
        }
        give(finished ? rest.length() : rest.length() - held(r.end()), true, finished);
        return false;
    }

    /** Leaves out what only says that text comes. */
    private boolean opening() {
        String opening = format.contentOpening();
        int known = opening.isEmpty() ? -1 : begins(opening);
        if (known == 0) {
            return false;
        }
        if (known > 0) {
            skip(opening);
        } else if (!otherOpening()) {
            return false;
        }
        if (format.reasoning() != null && !finished && blank() == rest.length()) {
            return known > 0;
        }
        plain = known > 0;
        go(Where.TEXT);
        return true;
    }

    /** Leaves out what says that something else comes, as with another word in it; false when that needs more text. */
    private boolean otherOpening() {
        String opening = format.contentOpening();
        int first = opening.indexOf('>') + 1;
        int last = opening.lastIndexOf('<');
        if (first <= 0 || last < first || begins(opening.substring(0, first)) <= 0) {
            return true;
        }
        String end = opening.substring(last);
        int at = rest.indexOf(end);
        int call = calls == null ? -1 : rest.indexOf(calls.trigger());
        if (call >= 0 && (at < 0 || call < at)) {
            rest.delete(0, call);
        } else if (at >= 0) {
            rest.delete(0, at + end.length());
        } else {
            return finished;
        }
        return true;
    }

    private boolean text() {
        if (calls == null) {
            give(rest.length(), false, false);
            return false;
        }
        String trigger = calls.trigger();
        if (calls.onlyFirst()) {
            int known = first && !(plain && trigger.isEmpty()) ? begins(trigger) : -1;
            if (known == 0) {
                return false;
            }
            if (known > 0) {
                skip("");
                go(Where.OPEN);
                return true;
            }
            give(rest.length(), false, false);
            return false;
        }
        int at = rest.indexOf(trigger);
        if (at >= 0) {
            give(at, false, true);
            go(Where.OPEN);
            return true;
        }
        give(finished ? rest.length() : rest.length() - held(trigger), false, false);
        return false;
    }

    /** Characters at the end that could be the beginning of {@code text}, with white space in front of them. */
    private int held(String text) {
        int n = Math.min(text.length() - 1, rest.length());
        while (n > 0 && !text.startsWith(rest.substring(rest.length() - n))) {
            n--;
        }
        while (n < rest.length() && Character.isWhitespace(rest.charAt(rest.length() - 1 - n))) {
            n++;
        }
        return n;
    }

    /** Gives so many characters; white space at the very beginning, and at the end where it is one, is left out. */
    private void give(int count, boolean reasoning, boolean end) {
        String text = rest.substring(0, count);
        rest.delete(0, count);
        boolean trims = reasoning || (format.reasoning() != null && first);
        String piece = first && trims ? text.stripLeading() : text;
        piece = end ? piece.stripTrailing() : piece;
        if (!piece.isEmpty()) {
            first = false;
            parts.add(reasoning ? new AnswerPart.Reasoning(piece) : new AnswerPart.Content(piece));
        }
    }

    /** Takes a literal, if it is next: 1 taken, -1 something else, 0 not known yet. */
    private int take(Literal literal) {
        Literal.Found found = literal.in(rest);
        if (found.length() >= 0) {
            attempt.append(rest, 0, found.length());
            rest.delete(0, found.length());
            id = found.id() == null ? id : found.id();
        }
        return found.known(finished);
    }

    /** What was to be a call is none: all of it is text, and so is what follows. */
    private boolean asText() {
        first = false;
        rest.insert(0, attempt);
        go(Where.NO_CALL);
        return true;
    }

    private boolean open() {
        int taken = calls == null ? -1 : take(calls.open());
        if (taken > 0) {
            go(Where.NAME);
            return true;
        }
        return taken < 0 && asText();
    }

    private boolean name() {
        for (Tool t : tools) {
            if (rest.length() < t.name().length() && t.name().startsWith(rest.toString()) && !finished) {
                return false;
            }
            if (rest.toString().startsWith(t.name())) {
                ArgumentsReader r = reader(t);
                String after = rest.substring(t.name().length());
                int begins = r.begins(after, finished);
                if (begins == 0) {
                    return false;
                }
                if (begins > 0) {
                    reader = r;
                    rest.delete(0, t.name().length());
                    call++;
                    attempt.setLength(0);
                    String before = r.idBefore(rest);
                    String given = before == null ? id : before;
                    parts.add(new AnswerPart.CallStart(call, given == null ? ids.get() : given, t.name()));
                    id = null;
                    go(Where.ARGUMENTS);
                    return true;
                }
            }
        }
        return asText();
    }

    private ArgumentsReader reader(Tool t) {
        return switch (Objects.requireNonNull(calls).arguments()) {
            case Arguments.Json j -> new JsonArgumentsReader(j);
            case Arguments.Tagged g -> new TaggedArgumentsReader(g, t);
        };
    }

    private boolean arguments() {
        ArgumentsReader r = Objects.requireNonNull(reader);
        StringBuilder json = new StringBuilder();
        boolean done = r.read(rest, json, finished);
        if (!json.isEmpty()) {
            parts.add(new AnswerPart.CallArguments(call, json.toString()));
        }
        if (done) {
            go(Where.AFTER_CALL);
        }
        return done;
    }

    private boolean afterCall() {
        CallFormat f = Objects.requireNonNull(calls);
        Literal next = f.next();
        int more = next == null ? -1 : take(next);
        if (more > 0) {
            go(Where.NAME);
            return true;
        }
        if (more == 0) {
            return false;
        }
        go(Where.END); // only what closes the calls can follow
        return false;
    }

    /** A JSON value as a model writes it in a text; the text itself where it is none. */
    static String value(String text) {
        String stripped = text.strip();
        String known = Set.of("True", "False", "None").contains(stripped)
                ? stripped.equals("None") ? "null" : stripped.toLowerCase(Locale.ROOT)
                : stripped;
        try {
            JsonNode node = JsonMapper.shared().readTree(known);
            if (!node.isMissingNode()) {
                return node.toString();
            }
        } catch (JacksonException e) {
            // then it is a text
        }
        return JsonMapper.shared().writeValueAsString(text);
    }
}
