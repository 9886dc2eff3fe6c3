package io.jandaia.model.pack;

import io.jandaia.model.pack.PackFile.Pack;
import io.jandaia.tensor.kernel.PackStore;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The packed weights of one model while it is loaded: read from their file where there is one that fits, and otherwise written
 * to one beside the model's first work. Nothing that goes wrong here keeps a model from being loaded.
 */
public final class ModelPacks implements PackStore, AutoCloseable {

    /** Keeps nothing. */
    public static final ModelPacks NONE = new ModelPacks(null, "", "");

    private final @Nullable PackCache cache;
    private final String name;
    private final String contents;
    private final List<Pack> packs = new ArrayList<>();
    private @Nullable PackFile file;
    private @Nullable Thread writer;
    private boolean packed;
    private @Nullable String note;

    /**
     * @param name of the model's files
     * @param contents what tells them from what they were before
     */
    private ModelPacks(@Nullable PackCache cache, String name, String contents) {
        this.cache = cache;
        this.name = name;
        this.contents = contents;
    }

    static ModelPacks open(PackCache cache, String name, String contents) {
        ModelPacks packs = new ModelPacks(cache, name, contents);
        if (cache.has(name)) {
            try {
                packs.file = PackFile.open(cache.path(name), contents);
            } catch (IOException e) {
                packs.remove(cache, e);
            }
        }
        return packs;
    }

    static ModelPacks without(String note) {
        ModelPacks packs = new ModelPacks(null, "", "");
        packs.note = note;
        return packs;
    }

    /** What people should know: that a file was damaged, or why nothing is kept. */
    public Optional<String> note() {
        return Optional.ofNullable(note);
    }

    @Override
    public void fill(String what, MemorySegment data, Runnable pack) {
        if (cache == null) {
            pack.run();
            return;
        }
        // Weights are packed in an order that depends on the model alone; slices of one tensor have one name.
        String entry = packs.size() + " " + what;
        if (!read(cache, entry, data)) {
            pack.run();
            packed = true;
        }
        packs.add(new Pack(entry, data));
    }

    private boolean read(PackCache from, String entry, MemorySegment data) {
        if (file == null) {
            return false;
        }
        try {
            return file.read(entry, data);
        } catch (IOException e) {
            remove(from, e);
            return false;
        }
    }

    private void remove(PackCache from, IOException e) {
        note = "The packed weights in " + from.path(name) + " cannot be used (" + e.getMessage()
                + "); they are packed anew.";
        closeFile();
        from.delete(name);
    }

    private void closeFile() {
        if (file != null) {
            try {
                file.close();
            } catch (IOException e) {
                // It was only read.
            }
            file = null;
        }
    }

    /** To be called when all is packed: writes what has not come from the file, on a thread of its own. */
    public void keep() {
        closeFile();
        List<Pack> all = List.copyOf(packs);
        packs.clear(); // or the weights would live as long as this does
        if (cache == null || all.isEmpty()) {
            return;
        }
        if (packed) {
            writer = Thread.ofPlatform().name("jandaia-packs").daemon().start(() -> cache.write(name, contents, all));
        } else {
            cache.touch(name);
        }
    }

    /** Waits until what is being written is written. */
    @Override
    public void close() {
        closeFile();
        if (writer != null) {
            try {
                writer.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt(); // the file stays unfinished and is removed later
            }
        }
    }
}
