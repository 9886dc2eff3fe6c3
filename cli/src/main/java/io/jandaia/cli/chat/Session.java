package io.jandaia.cli.chat;

import io.jandaia.cli.terminal.AnswerWriter;
import io.jandaia.error.JandaiaException;
import io.jandaia.model.Answer;
import io.jandaia.model.Conversation;
import io.jandaia.model.GenerateOptions;
import io.jandaia.model.Model;
import io.jandaia.model.chat.Inputs;
import io.jandaia.model.chat.Message;
import io.jandaia.model.engine.TokenEvent.FinishReason;
import io.jandaia.model.sampling.Setting;
import java.util.function.Function;

/**
 * A model and the conversation that is held with it. Questions are answered on the calling thread; {@link #stop} may come
 * from any other.
 */
final class Session implements AutoCloseable {

    /** Part of the context from which on its end is announced. */
    private static final double NEARLY_FULL = 0.8;

    private final Screen screen;
    private final Parameters parameters;
    private final Inputs inputs;
    private final Function<String, Model> opener;
    private Model model;
    private Conversation conversation;
    private Transcript transcript;
    private boolean verbose;
    private boolean warned;
    private int retries;

    /** @param opener opens a model by its name; the session closes it */
    Session(
            Transcript transcript,
            boolean verbose,
            Parameters parameters,
            Inputs inputs,
            Function<String, Model> opener,
            Screen screen) {
        this.transcript = transcript;
        this.verbose = verbose;
        this.parameters = parameters;
        this.inputs = inputs;
        this.opener = opener;
        this.screen = screen;
        this.model = opener.apply(transcript.model());
        this.conversation = model.conversation();
    }

    Model model() {
        return model;
    }

    Transcript transcript() {
        return transcript;
    }

    /** Goes on from another conversation, or another state of this one. */
    void transcript(Transcript value) {
        transcript = value;
        warned = false;
    }

    void verbose(boolean value) {
        verbose = value;
    }

    Parameters parameters() {
        return parameters;
    }

    /** Changes to another model; the old one stays if the new one cannot be opened. */
    void open(String name) {
        Model other = opener.apply(name);
        conversation.close();
        model.close();
        model = other;
        conversation = other.conversation();
        transcript(transcript.withModel(name));
    }

    void ask(String question) {
        retries = 0;
        answer(transcript, question, parameters.options(transcript.parameters()));
    }

    /** Answers the last question again, with another seed. */
    void retry() {
        Message question =
                transcript.lastQuestion().orElseThrow(() -> screen.texts().usage("chat.nothing"));
        GenerateOptions options = parameters.options(transcript.parameters());
        retries++;
        answer(
                transcript.beforeLastQuestion().orElseThrow(),
                question.content(),
                options.settings().has(Setting.SEED)
                        ? options.seed(options.settings().get(Setting.SEED) + retries)
                        : options);
    }

    /** Ends the answer that is being given. */
    void stop() {
        conversation.cancel();
    }

    private void answer(Transcript before, String question, GenerateOptions options) {
        Transcript asked = before.plus(Message.user(question));
        int[] prompt = model.text().prompt(asked.all(), inputs);
        int context = model.spec().contextLength();
        if (prompt.length >= context) {
            throw screen.texts().usage("chat.full", prompt.length, context);
        }
        AnswerWriter writer = screen.answer();
        Runnable begun = screen.waiting(prompt.length - Math.min(conversation.reusedTokens(), prompt.length - 1));
        Answer answer;
        try {
            answer = conversation.generate(prompt, options, text -> {
                begun.run();
                writer.write(text);
            });
        } finally {
            begun.run();
        }
        boolean stopped = answer.finishReason() == FinishReason.CANCELLED;
        if (!answer.text().isEmpty()) {
            writer.finish();
        }
        if (answer.text().isBlank() && stopped) {
            screen.say("chat.stopped.empty");
            return; // a question without an answer would confuse the model
        }
        transcript = asked.plus(Message.assistant(answer.text()));
        if (stopped) {
            screen.say("chat.stopped");
        }
        if (verbose) {
            summarize(answer);
        }
        warn(answer, context);
    }

    private void warn(Answer answer, int context) {
        int used = answer.usage().totalTokens();
        if (answer.finishReason() == FinishReason.LENGTH && used >= context) {
            screen.say("chat.context.end", context);
            return;
        }
        if (answer.finishReason() == FinishReason.LENGTH) {
            screen.say("chat.limit", answer.usage().completionTokens());
        }
        if (!warned && used >= NEARLY_FULL * context) {
            warned = true;
            screen.say("chat.context.near", used, context);
        }
    }

    private void summarize(Answer a) {
        int computed = a.usage().promptTokens() - conversation.reusedTokens();
        int decoded = a.usage().completionTokens() - 1;
        screen.say(
                "chat.speed",
                a.usage().promptTokens(),
                conversation.reusedTokens(),
                computed / Math.max(1e-9, a.timings().prefill()),
                a.usage().completionTokens(),
                decoded > 0 && a.timings().decode() > 0 ? decoded / a.timings().decode() : 0,
                a.timings().timeToFirstToken(),
                a.sampling().seed(),
                a.usage().totalTokens(),
                model.spec().contextLength());
        if (a.usage().draftTokens() > 0) {
            screen.say(
                    "speculate.result",
                    a.usage().draftTokens(),
                    a.usage().acceptedTokens(),
                    100.0 * a.usage().acceptedTokens() / a.usage().draftTokens());
        }
    }

    /** Whether {@code name} can be a parameter of this session and {@code values} its values. */
    void check(Transcript changed) {
        GenerateOptions options = parameters.options(changed.parameters());
        try {
            model.sampling(options);
        } catch (JandaiaException e) {
            throw new JandaiaException(JandaiaException.Kind.USAGE, String.valueOf(e.getMessage()), e);
        }
    }

    @Override
    public void close() {
        conversation.close();
        model.close();
    }
}
