package io.jandaia.model.answer;

import io.jandaia.model.answer.CallFormat.Arguments;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * Learns how a model writes reasoning and calls by having its chat template write conversations that differ in one thing,
 * and looking for what differs in the texts.
 */
public final class FormatProbe {

    /** Has a template write a conversation. */
    @FunctionalInterface
    public interface Renderer {
        /** The text; null where the template refuses. */
        @Nullable
        String render(
                List<Map<String, @Nullable Object>> messages,
                @Nullable List<Map<String, @Nullable Object>> tools,
                boolean generate);
    }

    private static final String ONE = "probe_one";
    private static final String TWO = "probe_two";
    private static final String FIRST_ID = "probeidn1";
    private static final String SECOND_ID = "probeidn2";
    private static final String KEY_A = "alpha_key";
    private static final String KEY_B = "beta_key";
    private static final String TEXT_VALUE = "textvalue";
    private static final int NUMBER_VALUE = 73519;
    private static final String QUESTION = "PROBEQUESTION";
    private static final String TEXT = "PROBETEXT";
    private static final String REASON = "PROBEREASON";
    private static final Pattern JSON = Pattern.compile("\\{\\s*\"" + KEY_A + "\"\\s*:\\s*\"" + TEXT_VALUE
            + "\"\\s*,\\s*\"" + KEY_B + "\"\\s*:\\s*" + NUMBER_VALUE + "\\s*\\}");
    private static final List<String> REASONING_FIELDS = List.of("reasoning_content", "thinking", "reasoning");
    /** For templates that take reasoning apart by themselves, or leave that of earlier answers out. */
    private static final List<ReasoningFormat> KNOWN_REASONING = Stream.of(
                    new String[] {"<think>", "</think>"},
                    new String[] {"[THINK]", "[/THINK]"},
                    new String[] {"<thinking>", "</thinking>"},
                    new String[] {"<|channel>thought", "<channel|>"})
            .map(p -> new ReasoningFormat(p[0], p[0], p[1], "reasoning_content"))
            .toList();

    private static final Pattern MARKER = Pattern.compile("<[^<>\\s]+>");

    private final Renderer renderer;
    private final String source;
    private final Set<String> ends;
    private final @Nullable List<Map<String, @Nullable Object>> tools;
    /** A question and the beginning of an answer. */
    private final @Nullable String prompt;

    private final List<String> aroundText;

    private FormatProbe(Renderer renderer, String source, Set<String> ends) {
        this.renderer = renderer;
        this.source = source;
        this.ends = ends;
        List<Map<String, @Nullable Object>> both = List.of(tool(ONE), tool(TWO));
        String with = renderer.render(List.of(question()), both, true);
        this.tools = with == null ? null : both;
        this.prompt = with == null ? renderer.render(List.of(question()), null, true) : with;
        this.aroundText = aroundText();
    }

    /**
     * What a template shows.
     *
     * @param source the template
     * @param ends texts of the tokens that end an answer
     */
    public static AnswerFormat learn(Renderer renderer, String source, Set<String> ends) {
        return new FormatProbe(renderer, source, ends).format();
    }

    private AnswerFormat format() {
        if (prompt == null) {
            return AnswerFormat.TEXT;
        }
        ReasoningFormat reasoning = REASONING_FIELDS.stream()
                .map(this::reasoning)
                .filter(Objects::nonNull)
                .findFirst()
                .orElseGet(this::knownReasoning);
        String opening = contentOpening(reasoning);
        CallFormat calls = prompt.contains(ONE) ? calls(reasoning) : null; // else the model would not see its tools
        return new AnswerFormat(
                reasoning, opening, calls != null && calls.trigger().isEmpty() && opening.isEmpty() ? null : calls);
    }

    private @Nullable ReasoningFormat reasoning(String field) {
        String whole = answer(Map.of("content", TEXT, field, REASON));
        int at = whole == null ? -1 : whole.indexOf(REASON);
        if (whole == null || at < 0 || whole.indexOf(TEXT, at) < 0) {
            return null;
        }
        String start = whole.substring(0, at).strip();
        String between = whole.substring(at + REASON.length(), whole.indexOf(TEXT, at));
        String end = between;
        String calling =
                answer(Map.of("content", "", field, REASON, "tool_calls", List.of(call(ONE, FIRST_ID, false))));
        if (calling != null && calling.contains(REASON)) {
            String after = calling.substring(calling.indexOf(REASON) + REASON.length());
            int common = common(between, after);
            end = between.substring(0, common < between.length() ? markerStart(between, common) : common);
        }
        if (end.isBlank()) {
            return null;
        }
        return new ReasoningFormat(
                start.isEmpty() ? null : start, start.isEmpty() ? lastLine() : start, end.strip(), field);
    }

    private String lastLine() {
        String text = generationPrompt().strip();
        return text.substring(text.lastIndexOf('\n') + 1);
    }

    /** What a prompt has after the question. */
    private String generationPrompt() {
        int at = prompt == null ? -1 : prompt.lastIndexOf(QUESTION);
        return prompt == null || at < 0 ? "" : prompt.substring(at + QUESTION.length());
    }

    private @Nullable ReasoningFormat knownReasoning() {
        return KNOWN_REASONING.stream()
                .filter(r -> source.contains(r.end()))
                .findFirst()
                .orElse(null);
    }

    private String contentOpening(@Nullable ReasoningFormat reasoning) {
        return withoutReasoning(aroundText.getFirst(), reasoning).strip();
    }

    /** What a template writes before and after an answer that is only text. */
    private List<String> aroundText() {
        String whole = answer(Map.of("content", TEXT));
        List<String> around = whole == null ? null : between(whole, TEXT);
        return around == null ? List.of("", "") : around;
    }

    private static String withoutReasoning(String text, @Nullable ReasoningFormat reasoning) {
        int end = reasoning == null ? -1 : text.indexOf(reasoning.end());
        return reasoning == null || end < 0
                ? text
                : text.substring(end + reasoning.end().length());
    }

    private @Nullable CallFormat calls(@Nullable ReasoningFormat reasoning) {
        for (boolean asText : new boolean[] {false, true}) {
            for (String content : new String[] {"", null}) {
                CallFormat format = calls(reasoning, asText, content);
                if (format != null) {
                    return format;
                }
            }
        }
        return knownCalls();
    }

    /** Templates that list tools but not what was called: how their makers describe it. */
    private @Nullable CallFormat knownCalls() {
        if (source.contains("<|tool_calls_section_begin|>")) {
            return json(
                    "<|tool_calls_section_begin|><|tool_call_begin|>functions.",
                    ":" + Literal.INDEX + "<|tool_call_argument_begin|>",
                    "<|tool_call_end|><|tool_call_begin|>functions.",
                    "<|tool_call_end|><|tool_calls_section_end|>");
        }
        if (source.contains("<|tool_list_start|>") || source.contains("List of tools: [")) {
            return new CallFormat(
                    new Literal("<|tool_call_start|>["),
                    new Literal("), "),
                    new Literal(")]<|tool_call_end|>"),
                    new Arguments.Tagged("(", ", ", "=\"", "\"", "=", "", "("),
                    false,
                    false);
        }
        if (source.contains("<|tool_call|>")) {
            return json("<|tool_call|>[{\"name\": \"", "\", \"arguments\": ", "}, {\"name\": \"", "}]");
        }
        if (source.contains("<tool_call>")) {
            return json(
                    "<tool_call>\n{\"name\": \"",
                    "\", \"arguments\": ",
                    "}\n</tool_call>\n<tool_call>\n{\"name\": \"",
                    "}\n</tool_call>");
        }
        return null;
    }

    private static CallFormat json(String open, String before, String next, String close) {
        return new CallFormat(
                new Literal(open),
                new Literal(next),
                new Literal(close),
                new Arguments.Json(new Literal(before)),
                false,
                false);
    }

    private @Nullable CallFormat calls(@Nullable ReasoningFormat reasoning, boolean asText, @Nullable String content) {
        String one = calling(reasoning, content, call(ONE, FIRST_ID, asText));
        if (one == null || !one.contains(ONE)) {
            return null;
        }
        String two = calling(reasoning, content, call(ONE, FIRST_ID, asText), call(TWO, SECOND_ID, asText));
        String open = one.substring(0, one.indexOf(ONE));
        String rest = one.substring(open.length() + ONE.length());
        Matcher json = JSON.matcher(rest);
        if (json.find()) {
            return json(open, rest, json, two, asText, content == null);
        }
        return tagged(reasoning, content, open, rest, two, asText);
    }

    private CallFormat json(
            String open, String rest, Matcher first, @Nullable String two, boolean asText, boolean withoutContent) {
        String before = rest.substring(0, first.start());
        String close = rest.substring(first.end());
        Literal next = null;
        int second = two == null ? -1 : two.indexOf(TWO);
        if (two != null && second >= 0) {
            Matcher m = JSON.matcher(two);
            if (m.find() && m.end() <= second) {
                String between = two.substring(m.end(), second);
                Matcher last = JSON.matcher(two);
                if (last.find(second)) {
                    String beforeLast = two.substring(second + TWO.length(), last.start());
                    char[][] opens = numbered(open, between);
                    char[][] befores = numbered(before, beforeLast);
                    open = new String(opens[0]);
                    between = new String(opens[1]);
                    before = new String(befores[0]);
                }
                next = new Literal(between);
            }
        }
        return new CallFormat(
                new Literal(open.stripLeading()),
                next,
                new Literal(ended(close)),
                new Arguments.Json(new Literal(before)),
                asText,
                withoutContent);
    }

    /** Arguments one by one; what ends a text and what ends a number is seen where they come in either order. */
    private @Nullable CallFormat tagged(
            @Nullable ReasoningFormat reasoning,
            @Nullable String content,
            String open,
            String rest,
            @Nullable String two,
            boolean asText) {
        String swapped = calling(
                reasoning, content, call(ONE, FIRST_ID, asText, arguments(KEY_A, NUMBER_VALUE, KEY_B, TEXT_VALUE)));
        String empty = calling(reasoning, content, call(ONE, FIRST_ID, asText, Map.of()));
        List<String> textFirst = between(rest, KEY_A, TEXT_VALUE, KEY_B, String.valueOf(NUMBER_VALUE));
        List<String> numberFirst = swapped == null || !swapped.contains(ONE)
                ? null
                : between(
                        swapped.substring(swapped.indexOf(ONE) + ONE.length()),
                        KEY_A,
                        String.valueOf(NUMBER_VALUE),
                        KEY_B,
                        TEXT_VALUE);
        if (textFirst == null || numberFirst == null) {
            return null;
        }
        String textEnd = commonMarkers(textFirst.get(2), numberFirst.get(4));
        String otherEnd = commonMarkers(numberFirst.get(2), textFirst.get(4));
        String close = textFirst.get(4).substring(otherEnd.length());
        if (textEnd.isBlank()) {
            return null; // then nobody could tell where a text ends
        }
        Literal next = null;
        int second = two == null ? -1 : two.indexOf(TWO);
        int value = two == null ? -1 : two.indexOf(String.valueOf(NUMBER_VALUE));
        if (two != null && value >= 0 && value < second) {
            String between = two.substring(value + String.valueOf(NUMBER_VALUE).length(), second);
            next = between.startsWith(otherEnd) ? new Literal(between.substring(otherEnd.length())) : null;
        }
        String none = null;
        if (empty != null && empty.contains(ONE)) {
            String after = ended(empty.substring(empty.indexOf(ONE) + ONE.length()));
            none = after.endsWith(ended(close))
                    ? after.substring(0, after.length() - ended(close).length())
                    : null;
        }
        return new CallFormat(
                new Literal(open.stripLeading()),
                next,
                new Literal(ended(close)),
                new Arguments.Tagged(
                        textFirst.get(0),
                        textFirst.get(2).substring(textEnd.length()),
                        textFirst.get(1),
                        textEnd,
                        textFirst.get(3),
                        otherEnd,
                        none),
                asText,
                content == null);
    }

    /** What is before, between and after some texts that come one after the other; null if they do not. */
    private static @Nullable List<String> between(String text, String... marks) {
        List<String> out = new ArrayList<>();
        int at = 0;
        for (String mark : marks) {
            int found = text.indexOf(mark, at);
            if (found < 0) {
                return null;
            }
            out.add(text.substring(at, found));
            at = found + mark.length();
        }
        out.add(text.substring(at));
        return out;
    }

    /** The beginning that two texts share, without a marker that only begins alike. */
    private static String commonMarkers(String a, String b) {
        int n = common(a, b);
        return a.substring(0, n < a.length() ? markerStart(a, n) : n);
    }

    /** Puts holes where the first of two texts that end alike has the number 0 and the second has 1. */
    private static char[][] numbered(String zero, String one) {
        char[] a = zero.toCharArray();
        char[] b = one.toCharArray();
        for (int i = 1; i <= Math.min(a.length, b.length); i++) {
            int x = a.length - i;
            int y = b.length - i;
            if (a[x] == '0' && b[y] == '1') {
                a[x] = Literal.INDEX;
                b[y] = Literal.INDEX;
            } else if (a[x] != b[y]) {
                break;
            }
        }
        return new char[][] {a, b};
    }

    /** What comes after calls, without what ends the answer: a token that does, or what also comes after a text. */
    private String ended(String close) {
        String out = beforeEnd(close);
        String after = beforeEnd(aroundText.getLast());
        int same = 0;
        while (same < Math.min(out.length(), after.length())
                && out.charAt(out.length() - 1 - same) == after.charAt(after.length() - 1 - same)) {
            same++;
        }
        int cut = out.length() - same;
        if (same > 0 && cut > 0 && markerStart(out, cut) < cut) { // inside a marker
            int next = out.indexOf('>', cut);
            cut = next < 0 ? out.length() : next + 1;
        }
        return out.substring(0, cut).stripTrailing();
    }

    /** What is before the first token that ends an answer or begins another turn. */
    private String beforeEnd(String text) {
        String out = text;
        for (String end : ends) {
            int at = end.isEmpty() ? -1 : out.indexOf(end);
            out = at < 0 ? out : out.substring(0, at);
        }
        Matcher turn = MARKER.matcher(turn());
        int at = turn.find() ? out.indexOf(turn.group()) : -1;
        return at < 0 ? out : out.substring(0, at);
    }

    /** What opens the turn of the assistant. */
    private String turn() {
        String before = renderer.render(List.of(question()), tools, false);
        return before == null || prompt == null || !prompt.startsWith(before) ? "" : prompt.substring(before.length());
    }

    private @Nullable String calling(@Nullable ReasoningFormat reasoning, @Nullable String content, Object... calls) {
        Map<String, @Nullable Object> message = new LinkedHashMap<>();
        message.put("content", content);
        message.put("tool_calls", List.of(calls));
        String text = answer(message);
        if (text == null) {
            return null;
        }
        int name = text.indexOf(ONE);
        return name < 0
                ? null
                : (withoutReasoning(text.substring(0, name), reasoning) + text.substring(name))
                        .replaceAll(FIRST_ID + "|" + SECOND_ID, String.valueOf(Literal.ID));
    }

    /** What a message of the assistant adds to the prompt that asks for it; null where the template refuses it. */
    private @Nullable String answer(Map<String, ? extends @Nullable Object> fields) {
        Map<String, @Nullable Object> message = new LinkedHashMap<>();
        message.put("role", "assistant");
        message.putAll(fields);
        String whole = renderer.render(List.of(question(), message), tools, false);
        if (whole == null || prompt == null) {
            return null;
        }
        int same = common(prompt, whole);
        if (same == prompt.length()) {
            return whole.substring(same);
        }
        String rest = whole.substring(markerStart(whole, same));
        for (int n = Math.min(rest.length(), prompt.length()); n > 0; n--) {
            if (prompt.endsWith(rest.substring(0, n))) {
                return rest.substring(n);
            }
        }
        return rest;
    }

    private static int common(String a, String b) {
        int n = 0;
        while (n < Math.min(a.length(), b.length()) && a.charAt(n) == b.charAt(n)) {
            n++;
        }
        return n;
    }

    /** Where the marker begins that a place is in, such as {@code <...>}; else the place. */
    private static int markerStart(String text, int at) {
        for (int i = at - 1; i >= 0 && at - i < 60; i--) {
            char c = text.charAt(i);
            if (c == '>' || c == '\n' || c == ']') {
                return at;
            }
            if (c == '<') {
                return i;
            }
        }
        return at;
    }

    private static Map<String, @Nullable Object> question() {
        Map<String, @Nullable Object> message = new LinkedHashMap<>();
        message.put("role", "user");
        message.put("content", QUESTION);
        return message;
    }

    private static Map<String, @Nullable Object> tool(String name) {
        Map<String, @Nullable Object> properties = new LinkedHashMap<>();
        properties.put(KEY_A, Map.of("type", "string", "description", "a"));
        properties.put(KEY_B, Map.of("type", "integer", "description", "b"));
        Map<String, @Nullable Object> parameters = new LinkedHashMap<>();
        parameters.put("type", "object");
        parameters.put("properties", properties);
        parameters.put("required", List.of(KEY_A));
        Map<String, @Nullable Object> function = new LinkedHashMap<>();
        function.put("name", name);
        function.put("description", "d");
        function.put("parameters", parameters);
        Map<String, @Nullable Object> tool = new LinkedHashMap<>();
        tool.put("type", "function");
        tool.put("function", function);
        return tool;
    }

    private static Map<String, @Nullable Object> call(String name, String id, boolean asText) {
        return call(name, id, asText, arguments(KEY_A, TEXT_VALUE, KEY_B, NUMBER_VALUE));
    }

    private static Map<String, @Nullable Object> call(
            String name, String id, boolean asText, Map<String, @Nullable Object> arguments) {
        Map<String, @Nullable Object> function = new LinkedHashMap<>();
        function.put("name", name);
        function.put("arguments", asText ? json(arguments) : arguments);
        Map<String, @Nullable Object> call = new LinkedHashMap<>();
        call.put("id", id);
        call.put("type", "function");
        call.put("function", function);
        return call;
    }

    private static Map<String, @Nullable Object> arguments(String a, Object first, String b, Object second) {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        map.put(a, first);
        map.put(b, second);
        return map;
    }

    private static String json(Map<String, @Nullable Object> map) {
        return JsonMapper.shared().writeValueAsString(map);
    }
}
