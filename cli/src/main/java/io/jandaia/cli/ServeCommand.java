package io.jandaia.cli;

import io.jandaia.cli.language.Texts;
import io.jandaia.cli.terminal.Tty;
import io.jandaia.error.JandaiaException;
import io.jandaia.model.LoadOptions;
import io.jandaia.model.ModelStore;
import io.jandaia.server.AccessRecord;
import io.jandaia.server.ApiServer;
import io.jandaia.server.Catalog;
import io.jandaia.server.Certificate;
import io.jandaia.server.Collector;
import io.jandaia.server.DerivedModels;
import io.jandaia.server.ModelSource;
import io.jandaia.server.Models;
import io.jandaia.server.Resident;
import io.jandaia.server.ServeOptions;
import io.jandaia.server.StoredModels;
import io.jandaia.server.identity.Access;
import io.jandaia.server.identity.Prices;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.jline.utils.Signals;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code jandaia serve}: models for programs, until a signal comes. */
@Command(name = "serve", mixinStandardHelpOptions = true)
final class ServeCommand implements Callable<Integer> {

    /** As a store: none. */
    private static final String NOWHERE = "none";

    @Parameters(arity = "0..*", paramLabel = "MODEL", descriptionKey = "jandaia.serve.models")
    List<String> names = List.of();

    @Option(names = "--host", paramLabel = "ADDRESS")
    String host = ServeOptions.DEFAULT.host();

    @Option(names = "--port", paramLabel = "N")
    int port = ServeOptions.DEFAULT.port();

    @Option(names = "--insecure")
    boolean insecure;

    @Option(names = "--strict")
    boolean strict;

    @Option(names = "--alias", paramLabel = "NAME=MODEL")
    List<String> aliases = List.of();

    @Option(names = "--allow-origin", paramLabel = "ORIGIN")
    List<String> origins = List.of();

    @Option(names = "--allow-host", paramLabel = "NAME")
    List<String> hosts = List.of();

    @Option(names = "--max-requests", paramLabel = "N")
    int maxRequests = ServeOptions.Limits.DEFAULT.requests();

    @Option(names = "--max-waiting-tokens", paramLabel = "N")
    int maxWaitingTokens = (int) ServeOptions.Limits.DEFAULT.waitingTokens();

    @Option(names = "--drain", paramLabel = "SECONDS")
    int drain = 30;

    @Option(names = "--no-access-log")
    boolean noAccessLog;

    @Option(names = "--otlp", paramLabel = "URL")
    @Nullable
    String otlp;

    @Option(names = "--tls-cert", paramLabel = "FILE")
    @Nullable
    Path tlsCertificate;

    @Option(names = "--tls-key", paramLabel = "FILE")
    @Nullable
    Path tlsKey;

    @Option(names = "--prices", paramLabel = "FILE")
    @Nullable
    Path prices;

    @Mixin
    StoreOptions store = new StoreOptions();

    @Mixin
    ServedModels servedModels = new ServedModels();

    @Mixin
    ModelOptions modelOptions = new ModelOptions();

    @Mixin
    PullOptions pullOptions;

    private final PrintStream out;
    private final PrintStream err;
    private final Texts texts;

    ServeCommand(PrintStream out, PrintStream err, Texts texts, Tty tty) {
        this.out = out;
        this.err = err;
        this.texts = texts;
        this.pullOptions = new PullOptions(err, texts, tty);
    }

    @Override
    public Integer call() {
        usePortableKernelsAfterACrash();
        ServeOptions options = options();
        Consumer<AccessRecord> log = noAccessLog ? r -> {} : r -> err.println(r.json());
        CountDownLatch asked = new CountDownLatch(1);
        try (Access access = access();
                Models models = models();
                ApiServer server = ApiServer.start(options, models, access, log, err::println)) {
            Runnable end = () -> {
                if (asked.getCount() == 0) {
                    server.cut(); // the second signal
                }
                asked.countDown();
            };
            server.onStop(end);
            endWithTheLauncher(end);
            Signals.register("INT", end);
            Signals.register("TERM", end);
            say(
                    names.isEmpty()
                            ? texts.get("serve.listening-all", server.uri())
                            : texts.get("serve.listening", server.uri(), String.join(", ", names)));
            models.open();
            models.residents().forEach(r -> r.model().notes().forEach(err::println));
            long used = models.residents().stream().mapToLong(Resident::bytes).sum();
            long limit = servedModels.limits(texts).memory();
            if (used > limit) {
                err.println(texts.get("serve.over", ProgressBar.bytes(used), ProgressBar.bytes(limit)));
            }
            if (asked.getCount() > 0) {
                say(texts.get("serve.ready", server.uri()));
            }
            await(asked);
            say(texts.get("serve.ending", drain));
            int cut = server.drain(Duration.ofSeconds(drain));
            if (cut > 0) {
                say(texts.get("serve.cut", cut));
            }
        }
        say(texts.get("serve.ended"));
        return 0;
    }

    /** The launcher starts a server that the processor stopped once more, and says so. */
    private void usePortableKernelsAfterACrash() {
        Integer status = Integer.getInteger("jandaia.restarted");
        if (status != null) {
            String portable = "scalar".equals(modelOptions.kernels) ? "scalar" : "vector";
            modelOptions.kernels = portable;
            err.println(texts.get("serve.restarted", status - 128, portable));
        }
    }

    /** Who kills the launcher means the server, and nobody else could end it then. */
    private static void endWithTheLauncher(Runnable end) {
        Long launcher = Long.getLong("jandaia.launcher");
        if (launcher != null) {
            CompletableFuture<?> gone = ProcessHandle.of(launcher)
                    .<CompletableFuture<?>>map(ProcessHandle::onExit)
                    .orElse(CompletableFuture.completedFuture(null));
            var _ = gone.thenRun(end);
        }
    }

    /** Keys and usage; null where nothing is to be stored. */
    private @Nullable Access access() {
        Prices table = prices == null ? Prices.NONE : Prices.read(prices);
        return store.place().equals(NOWHERE)
                ? null
                : Access.open(store.place(), table, Clock.systemUTC(), err::println);
    }

    private void say(String text) {
        out.println(text);
        out.flush();
    }

    private static void await(CountDownLatch asked) {
        try {
            asked.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private ServeOptions options() {
        check("--port", port, 0, 65_535);
        check("--max-requests", maxRequests, 1, 1000);
        check("--max-waiting-tokens", maxWaitingTokens, 1, Integer.MAX_VALUE);
        check("--drain", drain, 0, 86_400);
        Path chain = tlsCertificate;
        Path own = tlsKey;
        if ((chain == null) != (own == null)) {
            throw texts.usage("serve.tls");
        }
        String key = System.getenv("JANDAIA_API_KEY");
        return ServeOptions.DEFAULT
                .address(host, port)
                .access(key == null || key.isBlank() ? null : key.strip(), insecure)
                .strict(strict)
                .certificate(chain == null || own == null ? null : new Certificate(chain, own))
                .collector(Collector.of(otlp, System.getenv()))
                .limits(new ServeOptions.Limits(maxRequests, maxWaitingTokens, ServeOptions.Limits.DEFAULT.body()))
                .callers(Set.copyOf(origins), Set.copyOf(hosts));
    }

    private void check(String option, int value, int least, int most) {
        if (value < least || value > most) {
            throw texts.usage("serve.range", option, value, least, most);
        }
    }

    private Models models() {
        LoadOptions load = servedModels.toLoad(modelOptions.toLoad(texts), texts);
        List<ModelSource> named = new ArrayList<>();
        long now = System.currentTimeMillis() / 1000;
        for (String name : names) {
            if (named.stream().anyMatch(s -> s.name().equals(name))) {
                throw texts.usage("serve.twice", name);
            }
            named.add(ModelSource.of(name, now, pullOptions.find(name), 0, load));
        }
        if (servedModels.only && named.isEmpty()) {
            throw texts.usage("serve.only");
        }
        if (servedModels.only) {
            return new Models(named, namedModels(), Catalog.NONE, servedModels.limits(texts));
        }
        Catalog others = new StoredModels(ModelStore.local(), load, servedModels.hub());
        DerivedModels derived =
                DerivedModels.open(Access.folder(System.getenv()).resolve("derived.json"));
        return new Models(named, namedModels(), others, derived, servedModels.limits(texts));
    }

    /** @throws JandaiaException USAGE */
    private Map<String, String> namedModels() {
        Map<String, String> out = new HashMap<>();
        for (String alias : aliases) {
            int at = alias.indexOf('=');
            if (at < 1 || at == alias.length() - 1) {
                throw texts.usage("serve.alias", alias);
            }
            out.put(alias.substring(0, at), alias.substring(at + 1));
        }
        return out;
    }
}
