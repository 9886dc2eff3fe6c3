package io.jandaia.model.hub;

import io.jandaia.error.JandaiaException;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The Hugging Face Hub, or a mirror: says what a model there consists of, and brings it into the cache. Use {@link #plan},
 * then {@link #pull}; a pull that was interrupted, even by a power cut, goes on where it was. For one thread at a time.
 */
public final class Hub implements AutoCloseable {

    /** Kept free beyond what is fetched, for everybody else. */
    private static final long SPARE = 64L << 20;

    private static final int MAX_PAGES = 1000;

    private final HubSettings settings;
    private final Consumer<String> notices;
    private @Nullable HubHttp http;

    private Hub(HubSettings settings, Consumer<String> notices) {
        this.settings = settings;
        this.notices = notices;
    }

    public static Hub open(HubSettings settings) {
        return open(settings, notice -> {});
    }

    /**
     * The Hub of these settings. Nothing is asked of it yet.
     *
     * @param notices hears a sentence when a server makes us wait, on any thread
     */
    public static Hub open(HubSettings settings, Consumer<String> notices) {
        return new Hub(settings, notices);
    }

    /**
     * Finds out what a model consists of and what of it is not here. Asks nothing of the network when the commit and its
     * files are known: with {@code HF_HUB_OFFLINE}, or when the revision is a commit.
     *
     * @throws JandaiaException NOT_FOUND, also for what is private or wants its licence to be accepted; RESOURCE without a
     *     network; FORMAT when the server says strange things
     */
    public PullPlan plan(ModelName model, Selection selection) throws InterruptedException {
        CachedRepo repo = new CachedRepo(settings.cache(), model.id());
        List<String> notes = new ArrayList<>();
        String commit = settings.offline() || isCommit(model.revision()) ? repo.commit(model.revision()) : null;
        if (commit == null) {
            requireNetwork(model, "which was not pulled before");
            commit = currentCommit(model);
        }
        List<RepoFile> tree = repo.tree(commit);
        if (tree == null && settings.offline()) {
            if (!Files.isDirectory(repo.snapshot(commit))) {
                requireNetwork(model, "of which nothing is here");
            }
            notes.add("Without the network it is not known whether " + model.id() + " is complete.");
            return new PullPlan(model, commit, List.of(), List.of(), 0, List.of(), notes);
        }
        if (tree == null) {
            tree = list(model, commit);
        }
        List<RepoFile> files = selection.of(tree, model);
        if (!Selection.hasWeights(files)) {
            notes.add("There are no weights among the files of " + model.id() + " that are taken.");
        }
        if (settings.token() != null && !settings.encrypted() && !settings.loopback()) {
            notes.add("The token in use goes to " + settings.endpoint() + " unencrypted.");
        }
        List<RepoFile> missing = missing(repo, commit, files);
        long left = missing.stream()
                .mapToLong(f -> BlobDownload.leftBytes(repo.blob(f), f.size()))
                .sum();
        return new PullPlan(model, commit, files, missing, left, tree, notes);
    }

    private static boolean isCommit(@Nullable String revision) {
        return revision != null && Names.COMMIT.matcher(revision).matches();
    }

    /**
     * Whether a model in the cache is known to lack weights, as after a pull of another program that was interrupted. Asks
     * nothing of the network; a choice of files that somebody made is respected.
     */
    public static boolean lacksWeights(Path cache, ModelName model) {
        CachedRepo repo = new CachedRepo(cache, model.id());
        String commit = repo.commit(model.revision());
        List<RepoFile> tree = commit == null ? null : repo.tree(commit);
        if (commit == null || tree == null) {
            return false;
        }
        boolean pytorch = CachedRepo.files(repo.snapshot(commit)).stream()
                .anyMatch(f -> f.getFileName().toString().endsWith(".bin"));
        List<RepoFile> lacking = Selection.USUAL.of(tree, model).stream()
                .filter(f -> !repo.inSnapshot(commit, f))
                .toList();
        return !pytorch && Selection.hasWeights(lacking);
    }

    /** Those of the files that neither a snapshot nor a blob has; what has the same bytes counts once. */
    private static List<RepoFile> missing(CachedRepo repo, String commit, List<RepoFile> files) {
        Map<String, RepoFile> missing = files.stream()
                .filter(f -> !repo.inSnapshot(commit, f) && !repo.hasBlob(f))
                .collect(Collectors.toMap(RepoFile::blob, Function.identity(), (a, b) -> a, LinkedHashMap::new));
        return List.copyOf(missing.values());
    }

    /**
     * Brings what is missing and gives all wanted files their names in the snapshot. Interrupting the thread ends it soon;
     * what came is kept.
     *
     * @return the model's folder, or the file when the plan is for one GGUF model
     * @throws JandaiaException RESOURCE when the disk is too small or the network fails for too long; FORMAT when bytes are
     *     not those that were promised
     */
    public Path pull(PullPlan plan, PullListener listener) throws InterruptedException {
        CachedRepo repo = new CachedRepo(settings.cache(), plan.model().id());
        if (!plan.files().isEmpty()) {
            if (!plan.missing().isEmpty()) {
                requireNetwork(
                        plan.model(),
                        "of which files are missing, the first "
                                + plan.missing().getFirst().path());
            }
            repo.prepare();
            try (RepoLock _ = RepoLock.await(repo, listener::waiting)) {
                fetch(repo, plan, listener);
                publish(repo, plan);
            }
        }
        return path(repo, plan);
    }

    private void fetch(CachedRepo repo, PullPlan plan, PullListener listener) throws InterruptedException {
        List<RepoFile> missing = missing(repo, plan.commit(), plan.files()); // another process may have brought some
        long total = missing.stream().mapToLong(RepoFile::size).sum();
        long left = missing.stream()
                .mapToLong(f -> BlobDownload.leftBytes(repo.blob(f), f.size()))
                .sum();
        requireSpace(repo, plan.model(), total - left);
        if (missing.isEmpty()) {
            return;
        }
        List<URI> sources = missing.stream().map(f -> source(plan, f)).toList();
        new Downloads(http(), plan.model(), repo, settings.pace()).run(missing, sources, listener);
    }

    private void publish(CachedRepo repo, PullPlan plan) {
        Map<String, Long> uses =
                plan.files().stream().collect(Collectors.groupingBy(RepoFile::blob, Collectors.counting()));
        // The configuration comes last: a folder that has one is whole.
        List<RepoFile> ordered = new ArrayList<>(plan.files());
        ordered.sort((a, b) ->
                Boolean.compare(a.path().equals("config.json"), b.path().equals("config.json")));
        for (RepoFile f : ordered) {
            if (!repo.inSnapshot(plan.commit(), f)) {
                repo.publish(plan.commit(), f, settings.symlinks(), uses.getOrDefault(f.blob(), 1L) > 1);
            }
        }
        repo.writeTree(plan.commit(), plan.tree());
        repo.writeRef(plan.model().revisionOrMain(), plan.commit());
    }

    /** The folder of a plan, or its GGUF file when that is all there is to run. */
    private static Path path(CachedRepo repo, PullPlan plan) {
        Path snapshot = repo.snapshot(plan.commit());
        List<String> models = plan.files().stream()
                .map(RepoFile::path)
                .filter(Quant::isModel)
                .sorted()
                .toList();
        boolean folder = plan.files().stream().anyMatch(f -> f.path().equals("config.json"));
        return models.isEmpty() || folder ? snapshot : snapshot.resolve(models.getFirst());
    }

    private String currentCommit(ModelName model) throws InterruptedException {
        URI uri = api(model, "/revision/" + encode(model.revisionOrMain()));
        return RepoTree.commit(http().json(model, uri).json(), said(model));
    }

    private List<RepoFile> list(ModelName model, String commit) throws InterruptedException {
        List<RepoFile> files = new ArrayList<>();
        URI uri = api(model, "/tree/" + commit + "?recursive=true&expand=false");
        for (int page = 0; page < MAX_PAGES && uri != null; page++) {
            HubHttp.Page answer = http().json(model, uri);
            RepoTree.addPage(answer.json(), said(model), files);
            uri = answer.next();
        }
        if (uri != null) {
            throw JandaiaException.format(said(model) + " has more than " + MAX_PAGES + " pages of files.");
        }
        return RepoTree.sorted(files, said(model));
    }

    private String said(ModelName model) {
        return "The answer of " + settings.endpoint() + " for " + model.id();
    }

    private URI api(ModelName model, String rest) {
        return URI.create(settings.endpoint() + "/api/models/" + model.id() + rest);
    }

    private URI source(PullPlan plan, RepoFile file) {
        String path = Arrays.stream(file.path().split("/")).map(Hub::encode).collect(Collectors.joining("/"));
        return URI.create(settings.endpoint() + "/" + plan.model().id() + "/resolve/" + plan.commit() + "/" + path);
    }

    private static String encode(String part) {
        return URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private HubHttp http() {
        if (http == null) {
            http = new HubHttp(settings, notices);
        }
        return http;
    }

    private void requireNetwork(ModelName model, String why) {
        if (settings.offline()) {
            throw JandaiaException.notFound("HF_HUB_OFFLINE forbids the network, so " + model + ", " + why
                    + ", cannot be pulled; unset it, or use what is here.");
        }
    }

    private static void requireSpace(CachedRepo repo, ModelName model, long bytes) {
        try {
            long free = Files.getFileStore(repo.blobs()).getUsableSpace();
            if (free < bytes + SPARE) {
                throw JandaiaException.resource(String.format(
                        Locale.ROOT,
                        "There is no room for %s: %.2f GB are to be fetched, and %s has %.2f GB free. Make room with jandaia"
                                + " rm, or choose another place with HF_HUB_CACHE.",
                        model,
                        bytes / 1e9,
                        repo.cache(),
                        free / 1e9));
            }
        } catch (IOException e) {
            throw CachedRepo.failed("find out how much room " + repo.cache() + " has", e);
        }
    }

    @Override
    public void close() {
        if (http != null) {
            http.close();
        }
    }
}
