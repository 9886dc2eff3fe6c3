package io.jandaia.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.jandaia.cli.language.Language;
import io.jandaia.cli.language.Texts;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The commands that bring and remove models, as processes with their own variables, beside a mirror on this machine. */
@Timeout(180)
class PullCommandTest {

    private static final Path MODEL = Path.of("../model/src/test/resources/golden/models/llama");
    private static final String COMMIT = "c".repeat(40);

    private record Result(int code, String out, String err) {}

    @TempDir
    private Path folder;

    private HttpServer mirror;

    @BeforeEach
    void start() throws IOException {
        mirror = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        mirror.createContext("/", PullCommandTest::answer);
        mirror.start();
    }

    @AfterEach
    void stop() {
        mirror.stop(0);
    }

    private static List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(MODEL)) {
            return files.filter(f -> !f.endsWith("expected.json")).sorted().toList();
        }
    }

    private static void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        byte[] body;
        if (path.contains("/revision/")) {
            body = ("{\"sha\": \"" + COMMIT + "\"}").getBytes(StandardCharsets.UTF_8);
        } else if (path.contains("/tree/")) {
            List<String> entries = new ArrayList<>();
            for (Path f : files()) {
                entries.add("{\"type\": \"file\", \"path\": \"" + f.getFileName() + "\", \"size\": " + Files.size(f)
                        + ", \"oid\": \"" + gitSha(f) + "\"}");
            }
            body = ("[" + String.join(",", entries) + "]").getBytes(StandardCharsets.UTF_8);
        } else {
            body = Files.readAllBytes(MODEL.resolve(path.substring(path.lastIndexOf('/') + 1)));
        }
        exchange.sendResponseHeaders(200, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    private static String gitSha(Path file) throws IOException {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-1");
            digest.update(("blob " + Files.size(file) + "\0").getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest.digest(Files.readAllBytes(file)));
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private Result jandaia(Map<String, String> variables, String... args) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "@../jvm.options",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                "io.jandaia.cli.Main"));
        command.addAll(List.of(args));
        Path out = folder.resolve("out");
        Path err = folder.resolve("err");
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectInput(ProcessBuilder.Redirect.from(
                        Files.writeString(folder.resolve("in"), "").toFile()))
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment()
                .keySet()
                .removeIf(k -> k.startsWith("HF_") || k.toLowerCase(Locale.ROOT).endsWith("_proxy"));
        builder.environment().put("HF_HOME", folder.resolve("hf").toString());
        builder.environment()
                .put("HF_ENDPOINT", "http://127.0.0.1:" + mirror.getAddress().getPort());
        builder.environment().put("JANDAIA_LANG", "en");
        builder.environment().putAll(variables);
        Process process = builder.start();
        assertThat(process.waitFor(100, TimeUnit.SECONDS)).isTrue();
        String said = Files.readString(err)
                .lines()
                .filter(l -> !l.contains("incubator"))
                .collect(Collectors.joining("\n"));
        return new Result(process.exitValue(), Files.readString(out), said);
    }

    @Test
    void pullRunShowAndRemove() throws Exception {
        String[] run = {"run", "org/name", "--token-ids", "5,6", "--max-tokens", "2", "--temperature", "0"};
        Result unwatched = jandaia(Map.of(), run);
        assertThat(unwatched.code).isEqualTo(1);
        assertThat(unwatched.err).contains("jandaia pull org/name");

        List<String> pulling = new ArrayList<>(List.of(run));
        pulling.add("--pull");
        Result first = jandaia(Map.of(), pulling.toArray(String[]::new));
        assertThat(first.err)
                .contains("asking http://127.0.0.1", "Pulling org/name at cccccccccccc", "model.safetensors");
        assertThat(first.code).isZero();

        mirror.stop(0); // what is here needs no network, and does not look for one
        Result again = jandaia(Map.of(), run);
        assertThat(again.code).isZero();
        assertThat(again.err).isEmpty();
        assertThat(again.out).isEqualTo(first.out).isNotBlank();
        Result offline = jandaia(Map.of("HF_HUB_OFFLINE", "1"), "pull", "org/name");
        assertThat(offline.code).isZero();
        Path snapshot = folder.resolve("hf/hub/models--org--name/snapshots").resolve(COMMIT);
        assertThat(offline.out).isEqualTo(snapshot + System.lineSeparator());
        assertThat(jandaia(Map.of(), "show", "org/name@main").out).contains("LlamaForCausalLM");

        Result asked = jandaia(Map.of(), "rm", "org/name");
        assertThat(asked.code).isEqualTo(2);
        assertThat(asked.err).contains("--yes");
        assertThat(snapshot).exists();
        Result removed = jandaia(Map.of(), "rm", "org/name", "--yes");
        assertThat(removed.code).isZero();
        assertThat(removed.out).contains("Freed 7");
        assertThat(folder.resolve("hf/hub/models--org--name")).doesNotExist();
        Result gone = jandaia(Map.of(), "rm", "org/name", "--yes");
        assertThat(gone.code).isEqualTo(1);
        assertThat(gone.err).contains("no org/name");
    }

    @Test
    void progressIsDrawnOnATerminalAndSaidElsewhere() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PrintStream err = new PrintStream(bytes, true, StandardCharsets.UTF_8);
        Texts texts = Texts.in(Language.ENGLISH);
        long[] nanos = {0};
        PullView terminal = new PullView(err, texts, true, () -> nanos[0]);
        terminal.at(1_000_000_000, 4_000_000_000L);
        nanos[0] = 2_000_000_000L;
        terminal.at(2_000_000_000, 4_000_000_000L);
        terminal.at(2_000_000_001, 4_000_000_000L); // too soon
        assertThat(bytes.toString(StandardCharsets.UTF_8))
                .isEqualTo("\r[###############---------------]  50 %  2.0 GB / 4.0 GB  500.0 MB/s  4 s left");
        bytes.reset();
        PullView pipe = new PullView(err, texts, false, () -> nanos[0]);
        nanos[0] = 13_000_000_000L;
        pipe.at(5, 10);
        pipe.at(6, 10);
        assertThat(bytes.toString(StandardCharsets.UTF_8).strip()).isEqualTo("50 %  5 B / 10 B");
    }
}
