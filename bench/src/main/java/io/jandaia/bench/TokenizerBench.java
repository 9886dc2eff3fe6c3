package io.jandaia.bench;

import io.jandaia.model.format.Gguf;
import io.jandaia.model.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Encodes a text on one thread, in lines of about 4 kB, and prints one Markdown row a tokenizer: megabytes of UTF-8 a second,
 * best and median of {@value #ROUNDS} rounds after {@value #WARM_UP} that do not count.
 *
 * <p>Usage: {@code TokenizerBench [TEXT_FILE] TOKENIZER...}, a tokenizer being a folder or a GGUF file. Without a text,
 * one is made of words drawn with a fixed seed.
 */
public final class TokenizerBench {

    private static final int WARM_UP = 3;
    private static final int ROUNDS = 7;
    private static final int LINE = 4096;
    private static final int MADE = 4 << 20;

    private TokenizerBench() {}

    public static void main(String[] args) throws Exception {
        List<String> files = new ArrayList<>(Arrays.asList(args));
        boolean given = !files.isEmpty() && isText(Path.of(files.getFirst()));
        String text = given ? Files.readString(Path.of(files.removeFirst())) : made();
        if (files.isEmpty()) {
            System.err.println("usage: bench/run tokenizers [TEXT_FILE] FOLDER|MODEL.gguf...");
            System.exit(2);
        }
        List<String> lines = lines(text);
        double megabytes = text.getBytes(StandardCharsets.UTF_8).length / 1e6;
        System.out.printf(Locale.ROOT, "| tokenizer, on %.1f MB | tokens | best, MB/s | median, MB/s |%n", megabytes);
        System.out.println("|---|---|---|---|");
        for (String file : files) {
            Path path = Path.of(file);
            Tokenizer tokenizer = open(path);
            long tokens = 0;
            double[] speeds = new double[ROUNDS];
            for (int round = -WARM_UP; round < ROUNDS; round++) {
                tokens = 0;
                long start = System.nanoTime();
                for (String line : lines) tokens += tokenizer.encode(line).size();
                if (round >= 0) speeds[round] = megabytes * 1e9 / (System.nanoTime() - start);
            }
            Arrays.sort(speeds);
            System.out.printf(
                    Locale.ROOT,
                    "| %s | %d | %.1f | %.1f |%n",
                    path.toAbsolutePath().normalize().getFileName(),
                    tokens,
                    speeds[ROUNDS - 1],
                    speeds[ROUNDS / 2]);
        }
    }

    private static boolean isText(Path path) {
        return !Files.isDirectory(path) && !isGguf(path);
    }

    private static boolean isGguf(Path path) {
        return path.toString().endsWith(".gguf");
    }

    private static Tokenizer open(Path path) {
        if (!isGguf(path)) return Tokenizer.load(path);
        try (var gguf = Gguf.open(path)) {
            return Tokenizer.ofGguf(gguf.metadata());
        }
    }

    /** The text in pieces of at least {@link #LINE} units, each ending where a line ends. */
    private static List<String> lines(String text) {
        List<String> lines = new ArrayList<>();
        for (int at = 0; at < text.length(); ) {
            int end = at + LINE >= text.length() ? -1 : text.indexOf('\n', at + LINE);
            end = end < 0 ? text.length() : end + 1;
            lines.add(text.substring(at, end));
            at = end;
        }
        return lines;
    }

    /** Words of letters by a skewed draw, so that short ones come again as in a language. */
    private static String made() {
        var random = new java.util.Random(1);
        var words = new ArrayList<String>();
        for (int i = 0; i < 20_000; i++) {
            var word = new StringBuilder();
            int length = 2 + (int) (Math.abs(random.nextGaussian()) * 4);
            while (word.length() < length) word.append((char) ('a' + random.nextInt(26)));
            words.add(word.toString());
        }
        var text = new StringBuilder(MADE + LINE);
        while (text.length() < MADE) {
            for (int n = 5 + random.nextInt(15); n > 0; n--) {
                double draw = random.nextDouble();
                text.append(words.get((int) (draw * draw * draw * words.size())))
                        .append(n > 1 ? ' ' : '.');
            }
            text.append('\n');
        }
        return text.toString();
    }
}
