package io.jandaia.spring;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.EmbedOptions;
import io.jandaia.model.Embeddings;
import io.jandaia.model.Model;
import io.micrometer.observation.ObservationRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.springframework.ai.chat.metadata.DefaultUsage;
import org.springframework.ai.document.Document;
import org.springframework.ai.embedding.AbstractEmbeddingModel;
import org.springframework.ai.embedding.Embedding;
import org.springframework.ai.embedding.EmbeddingOptions;
import org.springframework.ai.embedding.EmbeddingRequest;
import org.springframework.ai.embedding.EmbeddingResponse;
import org.springframework.ai.embedding.EmbeddingResponseMetadata;
import org.springframework.ai.embedding.observation.EmbeddingModelObservationContext;

/** A model in this process that turns texts into vectors. */
public final class JandaiaEmbeddingModel extends AbstractEmbeddingModel {

    private final Model model;
    private final EmbedOptions options;
    private final ObservationRegistry registry;

    public JandaiaEmbeddingModel(Model model) {
        this(model, EmbedOptions.DEFAULT);
    }

    /** @param model stays the caller's to close */
    public JandaiaEmbeddingModel(Model model, EmbedOptions options) {
        this(model, options, ObservationRegistry.NOOP);
    }

    /** @param registry is told of each request */
    public JandaiaEmbeddingModel(Model model, EmbedOptions options, ObservationRegistry registry) {
        this.model = model;
        this.options = options;
        this.registry = registry;
    }

    /** @throws JandaiaException USAGE when a text is too long, or another model is named */
    @Override
    public EmbeddingResponse call(EmbeddingRequest request) {
        EmbedOptions asked = options;
        EmbeddingOptions.Builder inEffect = EmbeddingOptions.builder().model(model.name());
        EmbeddingOptions o = request.getOptions();
        if (o != null) {
            if (o.getModel() != null && !o.getModel().equals(model.name())) {
                throw JandaiaException.usage("The request names the model '" + o.getModel() + "', but this is '"
                        + model.name() + "', the only one here. Leave the name out.");
            }
            if (o.getDimensions() != null) {
                asked = asked.dimensions(o.getDimensions());
                inEffect.dimensions(o.getDimensions());
            }
        }
        EmbedOptions chosen = asked;
        EmbeddingModelObservationContext context = Observations.of(request, inEffect.build());
        EmbeddingResponse response = Observations.observation(context, registry).observe(() -> {
            EmbeddingResponse made = vectors(request.getInstructions(), chosen);
            context.setResponse(made);
            return made;
        });
        return Objects.requireNonNull(response);
    }

    private EmbeddingResponse vectors(List<String> texts, EmbedOptions asked) {
        Embeddings all = model.embed(texts, asked);
        List<Embedding> embeddings = new ArrayList<>();
        for (float[] vector : all.vectors()) {
            embeddings.add(new Embedding(vector, embeddings.size()));
        }
        return new EmbeddingResponse(
                embeddings,
                new EmbeddingResponseMetadata(model.name(), new DefaultUsage(all.tokens(), 0, all.tokens())));
    }

    @Override
    public float[] embed(Document document) {
        String text = getEmbeddingContent(document);
        if (text == null) {
            throw new JandaiaException(
                    JandaiaException.Kind.UNSUPPORTED,
                    "The document " + document.getId() + " has no text; this model reads texts only.");
        }
        return embed(text);
    }
}
