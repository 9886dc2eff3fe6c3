package io.jandaia.model.answer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.chat.ChatTemplate;
import io.jandaia.model.chat.Inputs;
import io.jandaia.model.chat.Message;
import io.jandaia.model.grammar.AnswerGrammar;
import io.jandaia.model.grammar.GrammarText;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The formats of published models' templates: calls that a template writes are read back, and its grammar takes them. */
class RealAnswersTest {

    private static final Path FOLDER = Path.of("..", "..", "shared", "real", "templates");
    private static final Set<String> ENDS = Set.of(
            "</s>",
            "<|im_end|>",
            "<|eot_id|>",
            "<|eom_id|>",
            "<|call|>",
            "<|return|>",
            "<|END_OF_TURN_TOKEN|>",
            "<｜end▁of▁sentence｜>",
            "<|tool_response>");
    private static final Map<String, String> TOKENS =
            Map.of("bos_token", "<s>", "eos_token", "</s>", "unk_token", "<unk>", "pad_token", "<pad>");

    private static final List<Tool> TOOLS = List.of(
            new Tool("get_weather", "Weather", json("""
                    {"type": "object", "properties": {"city": {"type": "string"}, "days": {"type": "integer"},
                     "wind": {"type": "boolean"}}, "required": ["city"]}"""), false),
            new Tool("get_time", "Time", json("""
                    {"type": "object", "properties": {"zone": {"type": "string"}}, "required": ["zone"]}"""), false),
            new Tool("now", "Now", json("{\"type\": \"object\", \"properties\": {}}"), false));

    private static JsonNode json(String text) {
        return JsonMapper.shared().readTree(text);
    }

    private static @Nullable String render(
            ChatTemplate t,
            List<Map<String, @Nullable Object>> messages,
            @Nullable List<Map<String, @Nullable Object>> tools,
            boolean generate) {
        try {
            Inputs inputs = Inputs.NONE.tools(tools).generate(generate).specialTokens(TOKENS);
            return t.render(messages.stream().map(Message::of).toList(), inputs).text();
        } catch (JandaiaException e) {
            return null;
        }
    }

    private static Map<String, @Nullable Object> map(Object... pairs) {
        Map<String, @Nullable Object> out = new LinkedHashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            out.put((String) pairs[i], pairs[i + 1]);
        }
        return out;
    }

    @Test
    void callsThatTemplatesWriteAreReadBack() throws IOException {
        if (!Files.isDirectory(FOLDER)) {
            System.out.println("NOT RUN: formats of real chat templates needs ../shared/real/templates");
        }
        assumeTrue(Files.isDirectory(FOLDER));
        SplittableRandom random = new SplittableRandom(7);
        Set<String> read = new TreeSet<>();
        Set<String> parallel = new TreeSet<>();
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(FOLDER, "*.jinja")) {
            all.forEach(files::add);
        }
        for (Path file : files) {
            String name = file.getFileName().toString();
            ChatTemplate t = ChatTemplate.of(Files.readString(file));
            AnswerFormat f = FormatProbe.learn((m, tools, g) -> render(t, m, tools, g), t.source(), ENDS);
            CallFormat calls = f.calls();
            if (calls == null) {
                continue;
            }
            List<List<Map<String, @Nullable Object>>> cases = new ArrayList<>();
            cases.add(List.of(map("city", "São Paulo", "days", 3, "wind", true)));
            cases.add(List.of(map("city", "a b")));
            cases.add(List.of(map("city", "x", "days", 10), map("zone", "America/Sao_Paulo")));
            cases.add(List.of(map()));
            for (List<Map<String, @Nullable Object>> arguments : cases) {
                List<String> names = arguments.size() == 2
                        ? List.of("get_weather", "get_time")
                        : List.of(arguments.getFirst().isEmpty() ? "now" : "get_weather");
                List<Object> list = new ArrayList<>();
                for (int i = 0; i < names.size(); i++) {
                    Object given = calls.argumentsAsText()
                            ? JsonMapper.shared().writeValueAsString(arguments.get(i))
                            : arguments.get(i);
                    list.add(map(
                            "id",
                            "abcdefgh" + i,
                            "type",
                            "function",
                            "function",
                            map("name", names.get(i), "arguments", given)));
                }
                Map<String, @Nullable Object> question = map("role", "user", "content", "QUESTION?");
                Map<String, @Nullable Object> answer = map("role", "assistant", "content", "", "tool_calls", list);
                String text = render(
                        t,
                        List.of(question, answer),
                        new ToolUse(TOOLS, ToolUse.Choice.AUTO, null, true).forTemplate(),
                        false);
                int from = text == null ? -1 : text.indexOf(calls.trigger(), text.lastIndexOf("QUESTION?"));
                boolean shown = text != null
                        && from >= 0
                        && names.stream()
                                .allMatch(n -> Objects.requireNonNull(text).indexOf(n, from) >= 0)
                        && (names.size() == 1 || calls.next() != null);
                if (!shown || text == null) {
                    continue; // the template refuses several calls, or does not write them
                }
                String written = text.substring(calls.trigger().isEmpty() ? text.lastIndexOf(names.getFirst()) : from);
                AnswerParser parser = new AnswerParser(f, TOOLS, false, () -> "new");
                Map<Integer, String> found = new LinkedHashMap<>();
                Map<Integer, StringBuilder> json = new LinkedHashMap<>();
                List<AnswerPart> parts = new ArrayList<>();
                for (int i = 0; i < written.length(); ) {
                    int n = Math.min(written.length() - i, 1 + random.nextInt(9));
                    parts.addAll(parser.add(written.substring(i, i + n)));
                    i += n;
                }
                parts.addAll(parser.finish());
                for (AnswerPart p : parts) {
                    switch (p) {
                        case AnswerPart.CallStart s -> {
                            found.put(s.call(), s.name());
                            json.put(s.call(), new StringBuilder());
                        }
                        case AnswerPart.CallArguments a ->
                            Objects.requireNonNull(json.get(a.call())).append(a.json());
                        case AnswerPart.Content c ->
                            assertThat(c.text()).as(name).isBlank();
                        case AnswerPart.Reasoning r ->
                            assertThat(r.text()).as(name).isBlank();
                    }
                }
                assertThat(found.values()).as(name + ": " + written).containsExactlyElementsOf(names);
                for (int i = 0; i < names.size(); i++) {
                    assertThat(json(Objects.requireNonNull(json.get(i)).toString()))
                            .as(name + ": " + written)
                            .isEqualTo(JsonMapper.shared().valueToTree(arguments.get(i)));
                }
                read.add(name);
                if (names.size() == 2) {
                    parallel.add(name);
                }
                // a template may write True for true, or break lines in JSON otherwise than models are taught to
                boolean python = written.contains("True");
                int end = calls.close().text().isEmpty()
                        ? -1
                        : written.lastIndexOf(calls.close().parts().getLast().toString());
                if (!python && end > 0) {
                    String whole = written.substring(
                            0, end + calls.close().parts().getLast().toString().length());
                    ToolUse use = new ToolUse(TOOLS, ToolUse.Choice.REQUIRED, null, true);
                    AnswerGrammar.Result g = Objects.requireNonNull(AnswerGrammar.of(f, use, null, false));
                    assertThat(GrammarText.fits(g.grammar(), whole))
                            .as(name + ": " + whole)
                            .isTrue();
                }
            }
        }
        System.out.println("Formats of calls read back: " + read.size() + " templates, " + parallel.size()
                + " with several calls");
        System.out.println(read);
        assertThat(read).hasSizeGreaterThanOrEqualTo(38);
        assertThat(parallel).hasSizeGreaterThanOrEqualTo(30);
    }
}
