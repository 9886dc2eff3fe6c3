package io.jandaia.model;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.arch.DecoderSpec;
import io.jandaia.model.arch.EncoderDecoderSpec;
import io.jandaia.model.arch.EncoderSpec;
import io.jandaia.model.nn.InferenceOps;
import io.jandaia.tensor.kernel.KvType;
import java.nio.file.Path;

/**
 * How much memory a model takes once it is loaded, told by its headers.
 *
 * @param weights bytes of its weights
 * @param cache the most bytes of keys and values, of all sequences together
 * @param rest bytes of tokenizer, working space and what else there is
 */
public record MemoryNeed(long weights, long cache, long rest) {

    /** Two bytes a number: as quantised checkpoints are unpacked. */
    private static final int UNPACKED = 2;

    private static final long REST = 32L << 20;

    /**
     * The need of the model in a file or folder; its weights are not read.
     *
     * @throws JandaiaException as {@link ModelFiles#open}
     */
    public static MemoryNeed of(Path path, LoadOptions options) {
        try (ModelFiles files = ModelFiles.open(path, options)) {
            long weights = files.quantization() != null ? UNPACKED * files.parameters() : files.storedBytes();
            return new MemoryNeed(weights, cache(files, options), REST + weights / 20);
        }
    }

    private static long cache(ModelFiles files, LoadOptions options) {
        KvType type = options.keysAndValues() == null ? KvType.F16 : options.keysAndValues();
        long one = switch (files.modelSpec()) {
            case DecoderSpec d -> InferenceOps.layout(d, type).bytes(d.contextLength());
            case EncoderSpec e -> 0;
            case EncoderDecoderSpec b ->
                InferenceOps.layout(b.decoder(), type).bytes(b.decoder().contextLength())
                        + InferenceOps.sourceLayout(b.decoder(), type)
                                .bytes(b.encoder().contextLength());
        };
        return Math.min(Writer.memory(options), one * options.sequences());
    }

    /** Bytes of all. */
    public long total() {
        return weights + cache + rest;
    }
}
