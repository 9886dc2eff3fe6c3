package io.jandaia.model.answer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.chat.ChatTemplate;
import io.jandaia.model.chat.Inputs;
import io.jandaia.model.chat.Message;
import io.jandaia.model.grammar.AnswerGrammar;
import io.jandaia.model.grammar.GrammarText;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Formats of templates that were written for this test, and texts that come in pieces. */
class AnswerFormatTest {

    private static final String BEGIN =
            "{% if tools %}{{ tools | tojson }}{% endif %}{% for m in messages %}<{{ m.role }}>\n";
    private static final String END = "<end>\n{% endfor %}{% if add_generation_prompt %}<assistant>\n{% endif %}";

    /** A list in brackets, with an id and a number for each call. */
    private static final String LISTED = BEGIN
            + "{{ m.content or '' }}{% if m.tool_calls %}[CALLS][{% for c in m.tool_calls %}{\"n\": {{ loop.index0 }}, \"id\": \"{{ c.id }}\","
            + " \"f\": \"{{ c.function.name }}\", \"a\": {{ c.function.arguments | tojson }}}{% if not loop.last %}, {% endif %}{% endfor %}]"
            + "{% endif %}" + END;

    /** Arguments one by one, after reasoning in brackets. */
    private static final String TAGGED = BEGIN
            + "{% if m.reasoning_content %}<hmm>{{ m.reasoning_content }}</hmm>\n{% endif %}{{ m.content or '' }}"
            + "{% for c in m.tool_calls or [] %}<do {{ c.function.name }}>{% for k, v in c.function.arguments.items() %}"
            + "<arg {{ k }}>{{ v if v is string else v | tojson }}</arg>{% endfor %}</do>{% endfor %}" + END;

    private static final List<Tool> TOOLS = List.of(
            tool(
                    "get",
                    "{\"type\":\"object\",\"properties\":{\"key\":{\"type\":\"string\"},\"count\":{\"type\":\"integer\"}},"
                            + "\"required\":[\"key\"]}"),
            tool("get_all", "{\"type\":\"object\",\"properties\":{}}"));

    private static Tool tool(String name, String schema) {
        return new Tool(name, null, json(schema), false);
    }

    private static JsonNode json(String text) {
        return JsonMapper.shared().readTree(text);
    }

    private static AnswerFormat format(String template) {
        ChatTemplate t = ChatTemplate.of(template);
        return FormatProbe.learn(
                (messages, tools, generate) -> {
                    try {
                        Inputs inputs = Inputs.NONE.tools(tools).generate(generate);
                        return t.render(messages.stream().map(Message::of).toList(), inputs)
                                .text();
                    } catch (JandaiaException e) {
                        return null;
                    }
                },
                template,
                Set.of("<end>"));
    }

    /** What comes out, written down; the text goes in in pieces. */
    private static String read(AnswerFormat f, boolean reasons, String text, SplittableRandom random) {
        AnswerParser parser = new AnswerParser(f, TOOLS, reasons, () -> "new");
        StringBuilder out = new StringBuilder();
        String last = "";
        for (int i = 0; i <= text.length(); ) {
            int n = Math.min(text.length() - i, 1 + random.nextInt(6));
            List<AnswerPart> parts = i == text.length() ? parser.finish() : parser.add(text.substring(i, i + n));
            for (AnswerPart p : parts) {
                String kind = p.getClass().getSimpleName();
                String more = switch (p) {
                    case AnswerPart.Reasoning r -> r.text();
                    case AnswerPart.Content c -> c.text();
                    case AnswerPart.CallStart s -> s.name() + "#" + s.id();
                    case AnswerPart.CallArguments a -> a.json();
                };
                out.append(
                                kind.equals(last) && !kind.equals("CallStart")
                                        ? ""
                                        : "|" + kind.charAt(0) + kind.charAt(4) + ":")
                        .append(more);
                last = kind;
            }
            if (i == text.length()) {
                break;
            }
            i += n;
        }
        return out.toString();
    }

    private static void reads(AnswerFormat f, boolean reasons, String text, String expected) {
        for (int seed = 0; seed < 50; seed++) {
            assertThat(read(f, reasons, text, new SplittableRandom(seed)))
                    .as(text)
                    .isEqualTo(expected);
        }
    }

    private static boolean fits(AnswerFormat f, ToolUse.Choice choice, boolean parallel, String text) {
        ToolUse use = new ToolUse(TOOLS, choice, null, parallel);
        return GrammarText.fits(
                Objects.requireNonNull(AnswerGrammar.of(f, use, null, false)).grammar(), text);
    }

    @Test
    void callsInAListWithIdsAndNumbers() {
        AnswerFormat f = format(LISTED);
        CallFormat calls = Objects.requireNonNull(f.calls());
        assertThat(calls.trigger()).isEqualTo("[CALLS][{\"n\": ");
        assertThat(f.reasoning()).isNull();
        String one = "[CALLS][{\"n\": 0, \"id\": \"abcdefgh1\", \"f\": \"get\", \"a\": {\"key\": \"a}\\\"]\"}}]";
        String two =
                "[CALLS][{\"n\": 0, \"id\": \"abcdefgh1\", \"f\": \"get\", \"a\": {\"key\": \"x\", \"count\": 2}}, {\"n\": 1, \"id\":"
                        + " \"abcdefgh2\", \"f\": \"get_all\", \"a\": {}}]";
        reads(f, false, one, "|CS:get#abcdefgh1|CA:{\"key\": \"a}\\\"]\"}");
        reads(
                f,
                false,
                "I look. " + two,
                "|Ce:I look.|CS:get#abcdefgh1|CA:{\"key\": \"x\", \"count\": 2}|CS:get_all#abcdefgh2|CA:{}");
        reads(f, false, "no [CALLS] here", "|Ce:no [CALLS] here");
        reads(
                f,
                false,
                "[CALLS][{\"n\": 0, \"id\": \"abcdefgh1\", \"f\": \"nothing\", \"a\" and more",
                "|Ce:[CALLS][{\"n\": 0, \"id\": \"abcdefgh1\", \"f\": \"nothing\", \"a\" and more");
        assertThat(fits(f, ToolUse.Choice.REQUIRED, true, two)).isTrue();
        assertThat(fits(f, ToolUse.Choice.REQUIRED, false, two)).isFalse();
        assertThat(fits(f, ToolUse.Choice.REQUIRED, true, "text")).isFalse();
        assertThat(fits(f, ToolUse.Choice.AUTO, true, "text")).isTrue();
        assertThat(fits(f, ToolUse.Choice.AUTO, true, "text, then " + one)).isTrue();
        assertThat(fits(f, ToolUse.Choice.AUTO, true, one.replace("get", "put")))
                .isFalse();
        assertThat(fits(f, ToolUse.Choice.AUTO, true, two.replace("2}", "\"2\"}")))
                .isFalse();
    }

    @Test
    void argumentsOneByOneAfterReasoning() {
        AnswerFormat f = format(TAGGED);
        ReasoningFormat r = Objects.requireNonNull(f.reasoning());
        assertThat(r.start()).isEqualTo("<hmm>");
        assertThat(r.end()).isEqualTo("</hmm>");
        String call = "<do get><arg key>a <b> \"c\"</arg><arg count>12</arg></do>";
        reads(f, false, call, "|CS:get#new|CA:{\"key\": \"a <b> \\\"c\\\"\", \"count\": 12}");
        reads(f, false, "<do get_all></do>", "|CS:get_all#new|CA:{}");
        reads(
                f,
                false,
                "<hmm>which?\n</hmm>\nLet me see. " + call + "<do get_all></do>",
                "|Ro:which?|Ce:Let me see.|CS:get#new|CA:{\"key\": \"a <b> \\\"c\\\"\", \"count\": 12}|CS:get_all#new|CA:{}");
        reads(f, true, "still thinking", "|Ro:still thinking");
        reads(f, true, "think</hmm>\n\nanswer\n", "|Ro:think|Ce:answer\n");
        reads(f, false, "a < b and <hm", "|Ce:a < b and <hm");
        assertThat(fits(f, ToolUse.Choice.REQUIRED, true, "<hmm>x <do y</hmm>\n" + call))
                .isTrue();
        assertThat(fits(f, ToolUse.Choice.REQUIRED, true, call + "<do get_all></do>"))
                .isTrue();
        assertThat(fits(f, ToolUse.Choice.REQUIRED, true, "<do get><arg count>1</arg></do>"))
                .isFalse();
        assertThat(fits(f, ToolUse.Choice.REQUIRED, true, "<do get><arg key>x</arg><arg count>a</arg></do>"))
                .isFalse();
    }

    private static boolean fits(AnswerFormat f, boolean strict, String schema, String value) {
        JsonNode parameters = JsonMapper.shared()
                .readTree("{\"type\":\"object\",\"properties\":{\"key\":" + schema + "},\"required\":[\"key\"]}");
        ToolUse use =
                new ToolUse(List.of(new Tool("get", "", parameters, strict)), ToolUse.Choice.REQUIRED, null, false);
        return GrammarText.fits(
                Objects.requireNonNull(AnswerGrammar.of(f, use, null, false)).grammar(),
                "<do get><arg key>" + value + "</arg></do>");
    }

    @Test
    void textsWithoutQuotesAreHeldToTheirSchemaToo() {
        AnswerFormat f = format(TAGGED);
        String code = "{\"type\":\"string\",\"pattern\":\"^[A-Z]{2}<[0-9]+$\",\"maxLength\":6}";
        assertThat(fits(f, true, code, "AB<123")).isTrue();
        assertThat(fits(f, true, code, "AB<1234")).isFalse();
        assertThat(fits(f, true, code, "ab<1")).isFalse();
        String three = "{\"type\":\"string\",\"minLength\":3,\"maxLength\":30}";
        assertThat(fits(f, true, three, "é\"\n")).isTrue();
        assertThat(fits(f, true, three, "ab")).isFalse();
        assertThat(fits(f, true, three, "a</arg>b"))
                .as("the end, which would cut it")
                .isFalse();
        assertThat(fits(f, true, "{\"type\":\"string\",\"format\":\"date\"}", "2026-11-27"))
                .isTrue();
        assertThat(fits(f, true, "{\"type\":\"string\",\"format\":\"date\"}", "2026-11-77"))
                .isFalse();
        String backwards = "{\"type\":\"string\",\"pattern\":\"(a)\\\\1\"}";
        assertThatThrownBy(() -> fits(f, true, backwards, "aa")).isInstanceOf(JandaiaException.class);
        assertThat(fits(f, false, backwards, "anything")).isTrue();
    }

    @Test
    void aTemplateWithoutToolsHasNoCalls() {
        assertThat(format("{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}")
                        .calls())
                .isNull();
        assertThat(format("{{ raise_exception('no') }}")).isEqualTo(AnswerFormat.TEXT);
    }
}
