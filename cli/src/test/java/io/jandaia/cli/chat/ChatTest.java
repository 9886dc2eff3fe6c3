package io.jandaia.cli.chat;

import static org.assertj.core.api.Assertions.assertThat;

import io.jandaia.Jandaia;
import io.jandaia.cli.language.Language;
import io.jandaia.cli.language.Texts;
import io.jandaia.cli.terminal.Tty;
import io.jandaia.error.JandaiaException;
import io.jandaia.model.GenerateOptions;
import io.jandaia.model.Model;
import io.jandaia.model.chat.Inputs;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The conversation, typed into a terminal that is in memory. */
@Timeout(90)
class ChatTest {

    private static final String PROMPT = ">>> ";

    @TempDir
    private Path folder;

    private final ByteArrayOutputStream screen = new ByteArrayOutputStream();
    private final PipedOutputStream keys = new PipedOutputStream();
    private Thread chat = new Thread();
    private Runnable interrupt = () -> {};
    private int seen;

    /** Three parameters suffice here; the command line brings all of its options. */
    private static final class FewParameters implements Parameters {
        @Override
        public List<String> names() {
            return List.of("temperature", "seed", "max-tokens");
        }

        @Override
        public String description(String name) {
            return "what " + name + " does";
        }

        @Override
        public GenerateOptions options(Map<String, List<String>> values) {
            GenerateOptions o = GenerateOptions.DEFAULT.ignoreEnd(true);
            try {
                for (var v : values.entrySet()) {
                    String value = v.getValue().getFirst();
                    o = switch (v.getKey()) {
                        case "temperature" -> o.temperature(Double.parseDouble(value));
                        case "seed" -> o.seed(Long.parseLong(value));
                        default -> o.maxTokens(Integer.parseInt(value));
                    };
                }
            } catch (NumberFormatException e) {
                throw JandaiaException.usage("no number");
            }
            return o;
        }
    }

    private void open(Language language, String... parameters) throws Exception {
        Terminal terminal = TerminalBuilder.builder()
                .system(false)
                .streams(new PipedInputStream(keys, 1 << 16), screen)
                .type("xterm")
                .encoding(StandardCharsets.UTF_8)
                .build();
        terminal.setSize(Size.of(80, 24));
        interrupt = () -> terminal.raise(Terminal.Signal.INT); // what the kernel does at Ctrl-C
        Map<String, List<String>> values = parameters.length == 0
                ? Map.of("max-tokens", List.of("12"), "seed", List.of("1"))
                : Map.of("max-tokens", List.of(parameters[0]));
        Chat c = new Chat(
                "starter",
                "",
                values,
                false,
                new FewParameters(),
                name -> new LocalPartner(
                        name.equals("starter") ? Jandaia.load("../models/starter") : fail(name),
                        Inputs.NONE,
                        Texts.in(language)),
                folder.resolve("state/jandaia/history"),
                Texts.in(language),
                new Tty(true, true, true, () -> 80));
        chat = Thread.ofPlatform().start(() -> c.run(terminal));
        await(PROMPT);
    }

    private static Model fail(String name) {
        throw JandaiaException.notFound("There is no model " + name + ".");
    }

    @AfterEach
    void close() throws Exception {
        keys.close(); // which ends the chat, as a closed window does
        chat.join();
    }

    private void type(String text) throws IOException {
        keys.write(text.getBytes(StandardCharsets.UTF_8));
        keys.flush();
    }

    /** Waits until the screen shows it, after what was awaited before; returns what came, without styles. */
    private String await(String text) throws InterruptedException {
        long end = System.nanoTime() + 10_000_000_000L;
        while (true) {
            String all = screen.toString(StandardCharsets.UTF_8)
                    .replaceAll("\033\\[[0-9;?]*[a-zA-Z]|\033[=>]", "")
                    .replaceAll("\\s+", " ");
            int at = all.indexOf(text, seen);
            if (at >= 0) {
                String came = all.substring(seen, at + text.length());
                seen = at + text.length();
                return came;
            }
            assertThat(System.nanoTime())
                    .as("waiting for '%s', the screen has: %s", text, all)
                    .isLessThan(end);
            Thread.sleep(5);
        }
    }

    private String say(String line, String until) throws Exception {
        type(line + "\r");
        String came = await(until);
        await(PROMPT);
        return came;
    }

    private static String pasted(String text) {
        return "\033[200~" + text + "\033[201~";
    }

    private JsonNode saved() throws Exception {
        Path file = folder.resolve("saved-" + System.nanoTime() + ".json");
        say("/save " + file, " are in ");
        return JsonMapper.shared().readTree(file.toFile());
    }

    @Test
    void messagesAreAnsweredAndKept() throws Exception {
        open(Language.ENGLISH);
        say("Tell me about a bird.", "limit of 12 tokens");
        say("And a cat?", "limit of 12 tokens");
        JsonNode t = saved();
        assertThat(t.get("messages").size()).isEqualTo(4);
        assertThat(t.get("messages").get(2).get("content").asString()).isEqualTo("And a cat?");
        assertThat(t.get("messages").get(3).get("role").asString()).isEqualTo("assistant");
        assertThat(t.get("parameters").get("seed").get(0).asString()).isEqualTo("1");
    }

    @Test
    void severalLinesAreOneMessage() throws Exception {
        open(Language.ENGLISH);
        String[] typed = {
            "\"\"\"one\rtwo\rthree\"\"\"", "one\\\rtwo\\\rthree", "one\033\rtwo\033\rthree", pasted("one\rtwo\rthree")
        };
        for (String lines : typed) {
            say(lines, "limit of 12 tokens");
            say("/retry", "limit of 12 tokens");
        }
        JsonNode messages = saved().get("messages");
        assertThat(messages.size()).isEqualTo(2 * typed.length);
        for (int i = 0; i < messages.size(); i += 2) {
            assertThat(messages.get(i).get("content").asString()).isEqualTo("one\ntwo\nthree");
        }
    }

    @Test
    void undoRetryClearAndSystemChangeWhatTheModelSees() throws Exception {
        open(Language.ENGLISH);
        say("/undo", "no exchange yet");
        say("first", "limit of");
        String answer = saved().get("messages").get(1).get("content").asString();
        say("/retry", "limit of");
        JsonNode again = saved().get("messages");
        assertThat(again.size()).isEqualTo(2);
        assertThat(again.get(1).get("content").asString()).isNotEqualTo(answer);
        say("second", "limit of");
        say("/undo", "2 messages are left");
        say("/system Be kind.", "applies from the next message");
        assertThat(saved().get("system").asString()).isEqualTo("Be kind.");
        assertThat(say("/show messages", "2 messages")).contains("system: Be kind.", "user: first");
        say("/clear", "begins anew");
        assertThat(saved().get("messages").isEmpty()).isTrue();
    }

    @Test
    void parametersAreSetCheckedAndShown() throws Exception {
        open(Language.ENGLISH);
        say("/set parameter temperature 0.25", "temperature is 0.25 now");
        say("/set parameter max_tokens 7", "max-tokens is 7 now");
        say("/set parameter temperature 900", "expected a number from 0");
        say("/set parameter temperature warm", "no number");
        say("/set parameter nonsense 1", "Names: temperature, seed, max-tokens");
        assertThat(say("/show parameters", "/set parameter max-tokens 7")).contains("temperature 0.25");
        say("/set parameter temperature default", "the model's own again");
        say("/set", "/set takes one of");
        say("/set verbose", "ends with its speed");
        assertThat(say("Hello", "of 512")).contains("answer 7 tokens");
        say("/show info", "threads");
        assertThat(say("/show template", "### Response:")).contains("{%");
        say("/nonsense", "There is no command /nonsense");
    }

    @Test
    void savedConversationsComeBackAndNothingIsReplacedSilently() throws Exception {
        open(Language.ENGLISH);
        Path file = folder.resolve("chat.json");
        say("first", "limit of");
        say("/save " + file, "2 messages are in");
        byte[] before = Files.readAllBytes(file);
        say("second", "limit of");
        type("/save " + file + "\r");
        await("Replace it?");
        say("n", "Nothing was written");
        assertThat(file).hasBinaryContent(before);
        say("/load " + file, "2 messages come from");
        assertThat(saved().get("messages").size()).isEqualTo(2);
        Files.writeString(file, "{\"messages\": [{\"content\": \"x\"}]}");
        say("/load " + file, "Message 1 of");
        Files.writeString(file, "nonsense");
        say("/load " + file, "is no JSON");
        say("/load none", "There is no model none");
        say("/save /no/such/folder/x", "no such file or folder");
        assertThat(saved().get("messages").size()).isEqualTo(2);
    }

    @Test
    void ctrlCStopsTheAnswerAndThenLeaves() throws Exception {
        open(Language.ENGLISH, "400");
        type("Tell me a long story.\r");
        await("story. ");
        int before = screen.size();
        while (screen.size() < before + 40) {
            Thread.sleep(5); // until the answer is under way
        }
        interrupt.run();
        assertThat(await("(stopped")).doesNotContain("limit of");
        await(PROMPT);
        type("half a line\003");
        await(PROMPT);
        type("\003");
        await("Ctrl-C again");
        await(PROMPT);
        type("\003");
        chat.join();
        assertThat(chat.isAlive()).isFalse();
    }

    @Test
    void theEndOfTheContextIsAnnouncedAndNothingIsCut() throws Exception {
        open(Language.ENGLISH, "500");
        say("Tell me.", "context of 512 tokens is full");
        say(pasted("word ".repeat(700)), "your message was not sent");
        assertThat(saved().get("messages").size()).isEqualTo(2);
        say("/clear", "begins anew");
        say("/set parameter max-tokens 5", "is 5 now");
        say(pasted("word ".repeat(400)), "soon it will need");
    }

    @Test
    void tabCompletesCommandsParametersAndFiles() throws Exception {
        open(Language.ENGLISH);
        type("/sho\t");
        await("/show ");
        type("templ\t\r");
        await("### Response:");
        await(PROMPT);
        type("/set par\tmax\t3\r");
        await("max-tokens is 3 now");
        await(PROMPT);
        Files.writeString(folder.resolve("unlikely-name.json"), "{\"messages\": []}");
        type("/load " + folder + "/unlik\t\r");
        await("0 messages come from");
        await(PROMPT);
    }

    @Test
    void historyIsTheUsersAloneAndComesBack() throws Exception {
        open(Language.ENGLISH);
        say("/show system", "no message of the system");
        type("/bye\r");
        chat.join();
        Path file = folder.resolve("state/jandaia/history");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(Files.readString(file)).contains("/show system");
        ChatTest next = new ChatTest();
        next.folder = folder;
        next.open(Language.ENGLISH);
        next.type("\020\020\r"); // Ctrl-P is up
        next.await("no message of the system");
        next.await(PROMPT);
        next.close();
    }

    @Test
    void speaksPortuguese() throws Exception {
        open(Language.PORTUGUESE);
        say("/undo", "jandaia: erro: Ainda não houve nenhuma troca.");
        assertThat(say("/help", "Ctrl-C interrompe uma resposta.")).contains("esquece a conversa");
    }
}
