package io.jandaia.server;

import io.jandaia.error.JandaiaException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The models that requests have made of others, in one file of JSON that only its owner may read. Several servers may share
 * it: each sees what the others have changed.
 */
public final class DerivedModels {

    /** Nothing, for servers whose models are fixed. */
    public static final DerivedModels NONE = new DerivedModels(null);

    private static final int VERSION = 1;
    private static final int MOST = 1000;

    private final @Nullable Path file;
    private Map<String, Derived> known = Map.of(); // guarded by this
    private String seen = ""; // the state of the file when it was read; guarded by this
    private @Nullable JandaiaException failure; // of that; guarded by this

    private DerivedModels(@Nullable Path file) {
        this.file = file;
    }

    /**
     * Those in a file; none where there is no file yet.
     *
     * @throws JandaiaException FORMAT when it cannot be understood, RESOURCE when it cannot be read
     */
    public static DerivedModels open(Path file) {
        DerivedModels models = new DerivedModels(file.toAbsolutePath());
        models.refresh();
        return models;
    }

    /** The one of that name; null if there is none. */
    public @Nullable Derived find(String name) {
        return current().get(name);
    }

    /** All, in the order in which they were made. */
    public List<Derived> all() {
        return List.copyOf(current().values());
    }

    /**
     * Adds one, in the place of one of the same name.
     *
     * @throws ApiException 403 where models are fixed, 409 when there are too many, 500 when it cannot be stored
     */
    void put(Derived model) {
        change(all -> {
            all.put(model.name(), model);
            if (all.size() > MOST) {
                throw ApiException.of(
                        409,
                        "too_many_models",
                        "There are " + MOST + " derived models, the limit. Delete one that is not needed.");
            }
        });
    }

    /** @throws ApiException as {@link #put} */
    void remove(String name) {
        change(all -> all.remove(name));
    }

    private synchronized Map<String, Derived> current() {
        try {
            refresh();
        } catch (JandaiaException e) {
            return known; // the file was changed for the worse: what was read before stays, and a change says what is
            // wrong
        }
        return known;
    }

    private synchronized void refresh() {
        Path from = file;
        if (from == null) {
            return;
        }
        try {
            String state = state(from);
            if (!state.equals(seen)) {
                seen = state;
                failure = null;
                known = state.isEmpty() ? Map.of() : read(from);
            }
        } catch (JandaiaException e) {
            failure = e;
        } catch (IOException e) {
            failure = new JandaiaException(
                    JandaiaException.Kind.RESOURCE,
                    "The derived models in " + from + " cannot be read: " + e
                            + ". Let this user read the file, or set JANDAIA_DATA to another folder.",
                    e);
        }
        if (failure != null) {
            throw failure;
        }
    }

    private static String state(Path file) throws IOException {
        try {
            BasicFileAttributes a = Files.readAttributes(file, BasicFileAttributes.class);
            return a.lastModifiedTime() + " " + a.size() + " " + a.fileKey();
        } catch (NoSuchFileException e) {
            return "";
        }
    }

    private static Map<String, Derived> read(Path file) throws IOException {
        JsonNode json;
        try {
            json = JsonMapper.shared().readTree(Files.readAllBytes(file));
        } catch (JacksonException e) {
            String reason = e.getOriginalMessage().lines().findFirst().orElse("");
            throw damaged(file, "it is no JSON: " + reason, e);
        }
        int version = json.path("version").asInt(0);
        if (version > VERSION) {
            throw JandaiaException.format("The derived models in " + file + " were written by a newer Jandaia (version "
                    + version + " of the form; this one knows " + VERSION
                    + "). Use that version, or set JANDAIA_DATA to another folder.");
        }
        if (version != VERSION || !(json.path("models") instanceof ObjectNode models)) {
            throw damaged(file, "expected an object with the version " + VERSION + " and an object of models", null);
        }
        Map<String, Derived> all = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> e : models.properties()) {
            try {
                if (!(e.getValue() instanceof ObjectNode model)) {
                    throw ApiException.field(e.getKey(), "expected an object.");
                }
                Fields f = Fields.of(model);
                String name = Derived.name("name", e.getKey());
                Long created = f.large("created");
                all.put(name, new Derived(name, f.needText("base"), created == null ? 0 : created, Preset.read(f)));
            } catch (ApiException | JandaiaException wrong) {
                throw damaged(file, "of the model '" + e.getKey() + "': " + wrong.getMessage(), wrong);
            }
        }
        return all;
    }

    private static JandaiaException damaged(Path file, String reason, @Nullable Exception e) {
        return new JandaiaException(
                JandaiaException.Kind.FORMAT,
                "The derived models in " + file + " cannot be understood: "
                        + (reason.endsWith(".") ? reason : reason + ".")
                        + " The file is as it was. Mend it, or move it away to go on without these models.",
                e);
    }

    private void change(Consumer<Map<String, Derived>> edit) {
        Path to = file;
        if (to == null) {
            throw Catalog.fixed();
        }
        synchronized (DerivedModels.class) { // a process may lock a file once
            try {
                Files.createDirectories(to.resolveSibling(""));
                try (FileChannel lock = FileChannel.open(
                                to.resolveSibling(to.getFileName() + ".lock"),
                                StandardOpenOption.CREATE,
                                StandardOpenOption.WRITE);
                        var _ = lock.lock()) {
                    synchronized (this) {
                        refresh(); // another server may have changed it
                        Map<String, Derived> all = new LinkedHashMap<>(known);
                        edit.accept(all);
                        write(to, all);
                        known = all;
                        seen = state(to);
                    }
                }
            } catch (JandaiaException e) {
                throw ApiException.of(500, "models_not_stored", String.valueOf(e.getMessage()));
            } catch (IOException e) {
                throw ApiException.of(
                        500,
                        "models_not_stored",
                        "The derived models cannot be written to " + to + ": " + e
                                + ". Nothing was changed. Make room or let this user write there, or start with JANDAIA_DATA"
                                + " set to another folder.");
            }
        }
    }

    private static void write(Path file, Map<String, Derived> all) throws IOException {
        ObjectNode json = Exchange.object().put("version", VERSION);
        ObjectNode models = json.putObject("models");
        all.values()
                .forEach(d -> models.set(
                        d.name(), d.preset().json().put("base", d.base()).put("created", d.created())));
        ByteBuffer bytes = ByteBuffer.wrap(json.toPrettyString().getBytes(StandardCharsets.UTF_8));
        Path part = Files.createTempFile(file.resolveSibling(""), "derived", ".part"); // which only its owner may read
        try {
            try (FileChannel out = FileChannel.open(part, StandardOpenOption.WRITE)) {
                while (bytes.hasRemaining()) {
                    out.write(bytes);
                }
                out.force(true);
            }
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(part);
        }
    }
}
