package io.jandaia.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Servers side by side: in each round every one gets the same number of streams at once, one server after the other. Any server that has
 * OpenAI's {@code /v1/completions} can take part; it runs already, with as many places as there are streams.
 */
public final class ServingBench {

    private static final String[] WORDS =
            ("the of and to in is that for it was on are as with his they at be this have from or"
                            + " one had by word but not what all were we when your can said there use an each which she do how")
                    .split(" ", -1);

    private static final Pattern COMPLETION = Pattern.compile("\"completion_tokens\":(\\d+)");

    private record Stream(double firstToken, double seconds, int tokens) {}

    /** @param perToken seconds between two tokens of a stream, the median of streams */
    private record Round(double speed, double firstToken95, double perToken) {}

    private ServingBench() {}

    /**
     * Prints a Markdown table.
     *
     * @param args streams, words of a prompt, tokens of an answer, rounds, then of each server NAME=URL, and behind a space
     *     further fields of its requests, such as {@code "choice":["a","b"]}; a server may come several times
     */
    public static void main(String[] args) throws Exception {
        int streams = Integer.parseInt(args[0]);
        int words = Integer.parseInt(args[1]);
        int tokens = Integer.parseInt(args[2]);
        int rounds = Integer.parseInt(args[3]);
        List<String> servers = Arrays.asList(args).subList(4, args.length);
        List<List<Round>> all = new ArrayList<>();
        servers.forEach(s -> all.add(new ArrayList<>()));
        for (int round = -1; round < rounds; round++) { // the first warms up
            for (int s = 0; s < servers.size(); s++) {
                String[] server = servers.get(s).replaceFirst("^[^=]*=", "").split(" ", 2);
                String fields = server.length < 2 ? "" : "," + server[1];
                Round r = round(server[0], fields, streams, words, tokens, round);
                if (round >= 0) {
                    all.get(s).add(r);
                }
            }
        }
        System.out.printf(
                Locale.ROOT,
                "%d streams, prompts of %d words, answers of %d tokens, %d rounds%n%n",
                streams,
                words,
                tokens,
                rounds);
        System.out.println("| server | tokens/s, median | best | first token, 95th percentile, median of rounds"
                + " | between tokens, median | best |");
        System.out.println("|---|---|---|---|---|---|");
        for (int s = 0; s < servers.size(); s++) {
            double[] speed =
                    all.get(s).stream().mapToDouble(Round::speed).sorted().toArray();
            double[] first = all.get(s).stream()
                    .mapToDouble(Round::firstToken95)
                    .sorted()
                    .toArray();
            double[] between =
                    all.get(s).stream().mapToDouble(Round::perToken).sorted().toArray();
            System.out.printf(
                    Locale.ROOT,
                    "| %s | %.1f | %.1f | %.2f s | %.1f ms | %.1f ms |%n",
                    servers.get(s).replaceAll("=.*", ""),
                    speed[speed.length / 2],
                    speed[speed.length - 1],
                    first[first.length / 2],
                    1000 * between[between.length / 2],
                    1000 * between[0]);
        }
    }

    private static Round round(String url, String fields, int streams, int words, int tokens, int round)
            throws InterruptedException, ExecutionException {
        SplittableRandom random = new SplittableRandom(round);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
                HttpClient client = HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .build()) {
            long begin = System.nanoTime();
            List<Future<Stream>> running = new ArrayList<>();
            for (int i = 0; i < streams; i++) {
                StringBuilder prompt = new StringBuilder();
                for (int w = 0; w < words; w++) {
                    prompt.append(WORDS[random.nextInt(WORDS.length)]).append(' ');
                }
                running.add(threads.submit(() -> stream(client, url, fields, prompt.toString(), tokens)));
            }
            double[] first = new double[streams];
            double[] between = new double[streams];
            long sum = 0;
            for (int i = 0; i < streams; i++) {
                Stream s = running.get(i).get();
                first[i] = s.firstToken;
                between[i] = (s.seconds - s.firstToken) / Math.max(1, s.tokens - 1);
                sum += s.tokens;
            }
            double seconds = (System.nanoTime() - begin) / 1e9;
            Arrays.sort(first);
            Arrays.sort(between);
            return new Round(sum / seconds, first[(int) Math.ceil(0.95 * streams) - 1], between[streams / 2]);
        }
    }

    private static Stream stream(HttpClient client, String url, String fields, String prompt, int tokens)
            throws IOException, InterruptedException {
        String limit = fields.contains("\"max_tokens\"") ? "" : ",\"max_tokens\":" + tokens;
        String body = "{\"model\":\"bench\",\"stream\":true,\"stream_options\":{\"include_usage\":true},"
                + "\"ignore_eos\":true,\"temperature\":0.8" + limit + ",\"prompt\":\"" + prompt + "\"" + fields + "}";
        HttpRequest request = HttpRequest.newBuilder(URI.create(url + "/v1/completions"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        long begin = System.nanoTime();
        HttpResponse<InputStream> response = client.send(request, HttpResponse.BodyHandlers.ofInputStream());
        double first = 0;
        int counted = 0;
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
            for (String line; (line = lines.readLine()) != null; ) {
                if (line.startsWith("data: {") && first == 0) {
                    first = (System.nanoTime() - begin) / 1e9;
                }
                Matcher said = COMPLETION.matcher(line);
                counted = said.find() ? Integer.parseInt(said.group(1)) : counted;
                if (response.statusCode() != 200) {
                    throw new IOException(url + " answered " + response.statusCode() + ": " + line);
                }
            }
        }
        return new Stream(first, (System.nanoTime() - begin) / 1e9, counted == 0 ? tokens : counted);
    }
}
