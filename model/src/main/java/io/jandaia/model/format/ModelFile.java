package io.jandaia.model.format;

import io.jandaia.error.JandaiaException;
import io.jandaia.tensor.StoredTensor;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A file of named tensors (or a set of numbered shards that make one), mapped into memory: nothing is copied but the
 * tensors of a PyTorch checkpoint that lie in another order there, and tensors are valid until {@link #close}. Opening reads the header only and checks every length and offset in it, so a file that
 * opened can be read anywhere.
 *
 * <p>The mapping is of the file, not of its contents at opening: who truncates or overwrites a file that is open makes
 * reads fail with an {@link InternalError} of the JVM. Replace model files by renaming, never in place.
 */
public sealed interface ModelFile extends AutoCloseable permits Gguf, Safetensors, TorchFile {

    /**
     * Opens a GGUF file, a safetensors file, a PyTorch checkpoint or an index of the last two, told apart by content and not
     * by name. Of a split GGUF the first file is named; the others are found beside it.
     *
     * @throws JandaiaException NOT_FOUND when it or a shard is missing, FORMAT when it is damaged or something else
     */
    static ModelFile open(Path path) {
        return switch (FileKind.of(path)) {
            case GGUF -> Gguf.open(path);
            case SAFETENSORS -> Safetensors.open(path);
            case TORCH -> TorchFile.open(path);
            case INDEX ->
                ShardIndex.read(path).kind() == FileKind.TORCH ? TorchFile.open(path) : Safetensors.open(path);
        };
    }

    /** The path it was opened with. */
    Path path();

    /** The tensors by name, in the order of the header; without those in {@link #unsupported}. */
    Map<String, StoredTensor> tensors();

    /**
     * Tensors of types that this version cannot read: name to type. They do not keep a file from opening, as not every
     * tensor of a file is needed.
     */
    Map<String, String> unsupported();

    /**
     * The metadata: for GGUF every key with its value as String, Long, Float, Double, Boolean, String[], long[], float[],
     * double[], boolean[] or, for arrays of arrays, Object[]; for safetensors the strings of {@code __metadata__}; for PyTorch nothing.
     */
    Map<String, Object> metadata();

    /** The files that it is read from, where they hold blocks of whole numbers; none otherwise. */
    default List<Path> files() {
        return List.of();
    }

    /** Bytes of all files that make it. */
    long bytes();

    /** What the user should know about how the file was read, a sentence each. */
    default List<String> notes() {
        return List.of();
    }

    /** The tensor {@code name}: NOT_FOUND when the file has none, UNSUPPORTED when of a type that cannot be read. */
    default StoredTensor tensor(String name) {
        StoredTensor tensor = tensors().get(name);
        if (tensor != null) {
            return tensor;
        }
        String type = unsupported().get(name);
        if (type != null) {
            throw JandaiaException.unsupported(
                    "Cannot read tensor '" + name + "' of " + path() + ": it is of type " + type
                            + ", which this version does not know; use a file whose weights are of a supported type, such as Q8_0,"
                            + " Q4_0 or BF16.");
        }
        throw JandaiaException.notFound("There is no tensor '" + name + "' in " + path() + ", which has "
                + (tensors().size() + unsupported().size()) + " tensors.");
    }

    /** Unmaps the file. Its tensors must not be used afterwards. */
    @Override
    void close();
}
