package io.jandaia.cli.chat;

import io.jandaia.cli.language.Texts;
import io.jandaia.error.JandaiaException;
import io.jandaia.model.Answer;
import io.jandaia.model.Conversation;
import io.jandaia.model.GenerateOptions;
import io.jandaia.model.Model;
import io.jandaia.model.chat.Inputs;
import io.jandaia.model.chat.Message;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** A model that is loaded here. */
public final class LocalPartner implements Partner {

    private final Model model;
    private final Conversation conversation;
    private final Inputs inputs;
    private final Texts texts;

    /**
     * @param model is closed with this
     * @param inputs further variables of the chat template
     * @throws JandaiaException USAGE when the model has no chat template
     */
    public LocalPartner(Model model, Inputs inputs, Texts texts) {
        if (!model.text().hasTemplate()) {
            model.close();
            throw texts.usage("chat.template", model.name());
        }
        this.model = model;
        this.conversation = model.conversation();
        this.inputs = inputs;
        this.texts = texts;
    }

    @Override
    public List<String> notes() {
        return model.notes();
    }

    @Override
    public Map<String, String> facts() {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("layers", Integer.toString(model.spec().layers().size()));
        facts.put("hidden", Integer.toString(model.spec().dim()));
        facts.put("vocabulary", Integer.toString(model.spec().vocabulary()));
        facts.put("context", Integer.toString(contextLength()));
        facts.put("numerics", model.numerics().name().toLowerCase(Locale.ROOT));
        facts.put("kv-type", model.keysAndValues().name().toLowerCase(Locale.ROOT));
        facts.put("kernels", model.kernels());
        facts.put("threads", Integer.toString(model.threads()));
        return facts;
    }

    @Override
    public Optional<String> template() {
        return model.text().template();
    }

    @Override
    public int contextLength() {
        return model.spec().contextLength();
    }

    @Override
    public Optional<String> sampling(GenerateOptions options) {
        try {
            return Optional.of(model.sampling(options).toString());
        } catch (JandaiaException e) {
            throw new JandaiaException(JandaiaException.Kind.USAGE, String.valueOf(e.getMessage()), e);
        }
    }

    @Override
    public Turn answer(
            List<Message> messages, GenerateOptions options, Consumer<Integer> onPrompt, Consumer<String> onText) {
        int[] prompt = model.text().prompt(messages, inputs);
        if (prompt.length >= contextLength()) {
            throw texts.usage("chat.full", prompt.length, contextLength());
        }
        onPrompt.accept(prompt.length - Math.min(conversation.reusedTokens(), prompt.length - 1));
        Answer a = conversation.generate(prompt, options, onText);
        return new Turn(
                a.text(),
                a.finishReason(),
                a.usage().promptTokens(),
                conversation.reusedTokens(),
                a.usage().completionTokens(),
                a.timings().timeToFirstToken(),
                a.timings().decode(),
                Optional.of(a.sampling().seed()),
                a.usage().draftTokens(),
                a.usage().acceptedTokens());
    }

    @Override
    public void stop() {
        conversation.cancel();
    }

    @Override
    public void close() {
        conversation.close();
        model.close();
    }
}
