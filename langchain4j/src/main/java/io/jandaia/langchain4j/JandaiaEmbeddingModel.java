package io.jandaia.langchain4j;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.output.Response;
import dev.langchain4j.model.output.TokenUsage;
import io.jandaia.model.EmbedOptions;
import io.jandaia.model.Embeddings;
import io.jandaia.model.Model;
import java.util.List;

/** A model in this process that turns texts into vectors. */
public final class JandaiaEmbeddingModel implements EmbeddingModel {

    private final Model model;
    private final EmbedOptions options;

    public JandaiaEmbeddingModel(Model model) {
        this(model, EmbedOptions.DEFAULT);
    }

    /** @param model stays the caller's to close */
    public JandaiaEmbeddingModel(Model model, EmbedOptions options) {
        this.model = model;
        this.options = options;
    }

    /** @throws io.jandaia.error.JandaiaException USAGE when a text is too long for the model */
    @Override
    public Response<List<Embedding>> embedAll(List<TextSegment> segments) {
        Embeddings all = model.embed(segments.stream().map(TextSegment::text).toList(), options);
        return Response.from(
                all.vectors().stream().map(Embedding::from).toList(), new TokenUsage(all.tokens(), 0, all.tokens()));
    }

    @Override
    public String modelName() {
        return model.name();
    }
}
