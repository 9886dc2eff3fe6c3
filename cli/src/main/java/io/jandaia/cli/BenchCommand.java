package io.jandaia.cli;

import io.jandaia.cli.language.Texts;
import io.jandaia.cli.terminal.Tty;
import io.jandaia.model.Answer;
import io.jandaia.model.GenerateOptions;
import io.jandaia.model.Model;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** {@code jandaia bench}: how fast a model runs here. */
@Command(name = "bench", mixinStandardHelpOptions = true)
final class BenchCommand implements Callable<Integer> {

    @Parameters(index = "0", paramLabel = "MODEL", descriptionKey = "model")
    String name = "";

    @Option(names = "-p", paramLabel = "N")
    int promptTokens = 128;

    @Option(names = "-n", paramLabel = "N")
    int newTokens = 32;

    @Option(names = "-r", paramLabel = "N")
    int rounds = 5;

    @Option(names = "--json")
    boolean json;

    @Mixin
    AdapterOptions adapterOptions = new AdapterOptions();

    @Mixin
    ModelOptions modelOptions = new ModelOptions();

    private static final int MAX_ROUNDS = 1000;

    @Mixin
    PullOptions pullOptions;

    private final PrintStream out;
    private final PrintStream err;
    private final Texts texts;

    BenchCommand(PrintStream out, PrintStream err, Texts texts, Tty tty) {
        this.out = out;
        this.err = err;
        this.texts = texts;
        this.pullOptions = new PullOptions(err, texts, tty);
    }

    @Override
    public Integer call() {
        if (promptTokens < 1 || newTokens < 1 || rounds < 1 || rounds > MAX_ROUNDS) {
            throw texts.usage("bench.range", MAX_ROUNDS);
        }
        String adapter = adapterOptions.chosen(texts);
        try (Model model =
                Model.open(pullOptions.find(name), adapterOptions.toLoad(modelOptions.toLoad(texts), texts))) {
            model.notes().forEach(err::println);
            int context = model.spec().contextLength();
            if (promptTokens >= context || newTokens >= context - 1) {
                throw texts.usage("bench.context", context, promptTokens, newTokens);
            }
            double[] prefill = new double[rounds];
            double[] decode = new double[rounds];
            for (int round = -1; round < rounds; round++) {
                Answer p = run(model, adapter, promptTokens, 1, round);
                Answer d = run(model, adapter, 1, newTokens + 1, round);
                if (round >= 0) {
                    prefill[round] = promptTokens / p.timings().prefill();
                    decode[round] = newTokens / d.timings().decode();
                }
            }
            report(model, prefill, decode);
        }
        return 0;
    }

    private static Answer run(Model model, @Nullable String adapter, int promptTokens, int newTokens, int round) {
        int[] prompt = new Random(round)
                .ints(promptTokens, 0, model.spec().vocabulary())
                .toArray();
        GenerateOptions options = GenerateOptions.DEFAULT
                .adapter(adapter)
                .maxTokens(newTokens)
                .temperature(0)
                .repeatPenalty(1)
                .beams(1)
                .ignoreEnd(true);
        return model.generate(prompt, options, text -> {});
    }

    private void report(Model model, double[] prefill, double[] decode) {
        Arrays.sort(prefill);
        Arrays.sort(decode);
        double bytes = decode[rounds / 2] * model.decoder().bytesPerToken();
        if (json) {
            ObjectNode o = JsonMapper.shared().createObjectNode();
            o.putObject("prefill").put("best", prefill[rounds - 1]).put("median", prefill[rounds / 2]);
            o.putObject("decode")
                    .put("best", decode[rounds - 1])
                    .put("median", decode[rounds / 2])
                    .put("bytes_per_s", bytes);
            out.println(o);
            return;
        }
        out.println(texts.get(
                "bench.effect",
                name,
                model.numerics().name().toLowerCase(Locale.ROOT),
                model.keysAndValues().name().toLowerCase(Locale.ROOT),
                model.kernels(),
                model.threads(),
                rounds));
        out.println(texts.get("bench.prefill", promptTokens, prefill[rounds - 1], prefill[rounds / 2]));
        out.println(texts.get("bench.decode", newTokens, decode[rounds - 1], decode[rounds / 2], bytes / 1e9));
    }
}
