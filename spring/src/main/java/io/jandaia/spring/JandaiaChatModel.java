package io.jandaia.spring;

import io.jandaia.model.Model;
import io.jandaia.model.Reply;
import io.jandaia.model.answer.AnswerPart;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import java.util.Objects;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.observation.ChatModelObservationContext;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;

/**
 * A model in this process that answers. Calls of tools are returned, not made: {@code ChatClient} makes them.
 * Reasoning is the property {@value Answers#REASONING} of the message.
 */
public final class JandaiaChatModel implements ChatModel {

    /** Under which Reactor's context has the observation of the caller, as Micrometer names it. */
    private static final String PARENT = "micrometer.observation";

    private final Model model;
    private final JandaiaChatOptions options;
    private final ObservationRegistry registry;

    public JandaiaChatModel(Model model) {
        this(model, JandaiaChatOptions.builder().build());
    }

    /**
     * @param model stays the caller's to close
     * @param options for what a prompt leaves open
     */
    public JandaiaChatModel(Model model, JandaiaChatOptions options) {
        this(model, options, ObservationRegistry.NOOP);
    }

    /** @param registry is told of each answer */
    public JandaiaChatModel(Model model, JandaiaChatOptions options, ObservationRegistry registry) {
        this.model = model;
        this.options = options;
        this.registry = registry;
    }

    /**
     * @throws io.jandaia.error.JandaiaException USAGE when an option may not have its value or the prompt is too long,
     *     UNSUPPORTED when the model's template has no tools, or a message holds pictures or sounds
     */
    @Override
    public ChatResponse call(Prompt prompt) {
        JandaiaChatOptions asked = Prompts.options(model, options, prompt);
        ChatModelObservationContext context = Observations.of(prompt, asked, false);
        ChatResponse response = Observations.observation(context, registry).observe(() -> {
            ChatResponse whole =
                    Answers.whole(model, Prompts.reply(model, asked, prompt).read(part -> {}));
            context.setResponse(whole);
            return whole;
        });
        return Objects.requireNonNull(response);
    }

    /** Each piece of text as it comes; then one response with the calls, why the answer ended and what it took. */
    @Override
    public Flux<ChatResponse> stream(Prompt prompt) {
        return Flux.deferContextual(subscriber -> {
            JandaiaChatOptions asked = Prompts.options(model, options, prompt);
            ChatModelObservationContext context = Observations.of(prompt, asked, true);
            Observation observation = Observations.observation(context, registry);
            subscriber.<Observation>getOrEmpty(PARENT).ifPresent(observation::parentObservation);
            observation.start();
            return answer(asked, prompt, context).doOnError(observation::error).doFinally(signal -> observation.stop());
        });
    }

    private Flux<ChatResponse> answer(JandaiaChatOptions asked, Prompt prompt, ChatModelObservationContext context) {
        return Flux.create(sink -> {
            Reply reply = Prompts.reply(model, asked, prompt);
            sink.onDispose(reply::cancel);
            Thread.ofVirtual().name("jandaia-answer").start(() -> read(reply, sink, context));
        });
    }

    // Whatever goes wrong belongs to the subscriber; an answer that never ends would be worse.
    @SuppressWarnings("CatchingUnchecked")
    private void read(Reply reply, FluxSink<ChatResponse> sink, ChatModelObservationContext context) {
        try {
            Reply.Whole whole = reply.read(part -> {
                switch (part) {
                    case AnswerPart.Content c -> sink.next(Answers.piece(model, c.text(), ""));
                    case AnswerPart.Reasoning r -> sink.next(Answers.piece(model, "", r.text()));
                    case AnswerPart.CallStart s -> {}
                    case AnswerPart.CallArguments a -> {}
                }
            });
            context.setResponse(Answers.whole(model, whole));
            sink.next(Answers.last(model, whole));
            sink.complete();
        } catch (Exception e) {
            sink.error(e);
        }
    }

    @Override
    public ChatOptions getOptions() {
        return options;
    }
}
