package io.jandaia.model;

import io.jandaia.model.chat.ChatTemplate;
import io.jandaia.model.chat.Inputs;
import io.jandaia.model.chat.Message;
import io.jandaia.model.chat.Prompt;
import io.jandaia.model.chat.Span;
import io.jandaia.model.nn.Decoder;
import io.jandaia.model.nn.Weights;
import io.jandaia.model.tokenizer.EncodeOptions;
import io.jandaia.model.tokenizer.Segment;
import io.jandaia.model.tokenizer.Tokenizer;
import io.jandaia.tensor.Numerics;
import io.jandaia.tensor.kernel.KernelSets;
import io.jandaia.tensor.kernel.Kernels;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Everything of a model that does not change while it runs: weights, tokenizer, template, defaults. */
record LoadedModel(
        ModelFiles files,
        Kernels kernels,
        Numerics numerics,
        Decoder decoder,
        Tokenizer tokenizer,
        @Nullable ChatTemplate template,
        Arena arena)
        implements AutoCloseable {

    @SuppressWarnings("MustBeClosedChecker") // owned by the result
    static LoadedModel open(Path path, LoadOptions options) {
        ModelFiles files = ModelFiles.open(path, options);
        Arena arena = Arena.ofShared();
        try {
            Kernels kernels = KernelSets.named(options.kernels() == null ? "auto" : options.kernels())
                    .kernels();
            Numerics numerics = options.numerics() == null ? Numerics.EXACT : options.numerics();
            Decoder decoder = Weights.decoder(files.spec(), files.tensors(), files.names(), kernels, numerics, arena);
            return new LoadedModel(files, kernels, numerics, decoder, files.tokenizer(), files.template(), arena);
        } catch (RuntimeException e) {
            arena.close();
            files.close();
            throw e;
        }
    }

    Path path() {
        return files.path();
    }

    GenerationDefaults defaults() {
        return files.defaults();
    }

    List<String> notes() {
        return files.notes();
    }

    /** The token ids of a conversation: what came from its messages never becomes a special token. */
    int[] encode(ChatTemplate template, List<Message> messages) {
        Map<String, String> special = new HashMap<>();
        tokenizer.bosId().ifPresent(id -> special.put("bos_token", tokenizer.token(id)));
        tokenizer.eosId().ifPresent(id -> special.put("eos_token", tokenizer.token(id)));
        Prompt prompt = template.render(messages, Inputs.NONE.generate(true).specialTokens(special));
        List<Segment> segments = new ArrayList<>();
        for (Span span : prompt.spans()) {
            segments.add(new Segment(prompt.text().substring(span.start(), span.end()), span.user()));
        }
        return tokenizer.encode(segments, EncodeOptions.RENDERED).ids();
    }

    @Override
    public void close() {
        arena.close();
        files.close();
    }
}
