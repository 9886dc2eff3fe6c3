package io.jandaia.langchain4j;

import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import io.jandaia.model.GenerateOptions;
import io.jandaia.model.Model;
import java.util.Set;

/** A model in this process that answers: tools, JSON schemas and reasoning as the model's own template has them. */
public final class JandaiaChatModel implements ChatModel {

    private final Model model;
    private final GenerateOptions options;

    public JandaiaChatModel(Model model) {
        this(model, GenerateOptions.DEFAULT);
    }

    /**
     * @param model stays the caller's to close
     * @param options for what a request leaves open
     */
    public JandaiaChatModel(Model model, GenerateOptions options) {
        this.model = model;
        this.options = options;
    }

    /**
     * @throws io.jandaia.error.JandaiaException USAGE when a setting may not have its value or the prompt is too long,
     *     UNSUPPORTED when the model's template has no tools
     * @throws dev.langchain4j.exception.UnsupportedFeatureException for pictures, sounds and other models' names
     */
    @Override
    public ChatResponse doChat(ChatRequest request) {
        return Responses.of(model, Requests.reply(model, options, request).read(part -> {}));
    }

    @Override
    public Set<Capability> supportedCapabilities() {
        return Set.of(Capability.RESPONSE_FORMAT_JSON_SCHEMA);
    }
}
