package io.jandaia.cli.chat;

import io.jandaia.cli.chat.Partner.Turn;
import io.jandaia.cli.terminal.AnswerWriter;
import io.jandaia.model.GenerateOptions;
import io.jandaia.model.chat.Message;
import io.jandaia.model.engine.TokenEvent.FinishReason;
import io.jandaia.model.sampling.Setting;
import java.util.function.Function;

/**
 * Who answers, and the conversation that is held. Questions are answered on the calling thread; {@link #stop} may come
 * from any other.
 */
final class Session implements AutoCloseable {

    /** Part of the context from which on its end is announced. */
    private static final double NEARLY_FULL = 0.8;

    private final Screen screen;
    private final Parameters parameters;
    private final Function<String, Partner> opener;
    private Partner partner;
    private Transcript transcript;
    private boolean verbose;
    private boolean warned;
    private int retries;

    /** @param opener finds who answers by the name of a model; the session closes it */
    Session(
            Transcript transcript,
            boolean verbose,
            Parameters parameters,
            Function<String, Partner> opener,
            Screen screen) {
        this.transcript = transcript;
        this.verbose = verbose;
        this.parameters = parameters;
        this.opener = opener;
        this.screen = screen;
        this.partner = opener.apply(transcript.model());
    }

    Partner partner() {
        return partner;
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
        Partner other = opener.apply(name);
        partner.close();
        partner = other;
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
        partner.stop();
    }

    private void answer(Transcript before, String question, GenerateOptions options) {
        Transcript asked = before.plus(Message.user(question));
        AnswerWriter writer = screen.answer();
        Runnable[] begun = {() -> {}};
        Turn turn;
        try {
            turn = partner.answer(asked.all(), options, tokens -> begun[0] = screen.waiting(tokens), text -> {
                begun[0].run();
                writer.write(text);
            });
        } finally {
            begun[0].run();
        }
        boolean stopped = turn.reason() == FinishReason.CANCELLED;
        if (!turn.text().isEmpty()) {
            writer.finish();
        }
        if (turn.text().isBlank() && stopped) {
            screen.say("chat.stopped.empty");
            return; // a question without an answer would confuse the model
        }
        transcript = asked.plus(Message.assistant(turn.text()));
        if (stopped) {
            screen.say("chat.stopped");
        }
        if (verbose) {
            summarize(turn);
        }
        warn(turn);
    }

    private void warn(Turn turn) {
        int context = partner.contextLength();
        if (turn.reason() == FinishReason.LENGTH && turn.total() >= context) {
            screen.say("chat.context.end", context);
            return;
        }
        if (turn.reason() == FinishReason.LENGTH) {
            screen.say("chat.limit", turn.completion());
        }
        if (!warned && turn.total() >= NEARLY_FULL * context) {
            warned = true;
            screen.say("chat.context.near", turn.total(), context);
        }
    }

    private void summarize(Turn t) {
        int decoded = t.completion() - 1;
        screen.say(
                "chat.speed",
                t.prompt(),
                t.cached(),
                (t.prompt() - t.cached()) / Math.max(1e-9, t.firstToken()),
                t.completion(),
                decoded > 0 && t.decode() > 0 ? decoded / t.decode() : 0,
                t.firstToken(),
                t.seed().map(Object::toString).orElse("?"),
                t.total(),
                partner.contextLength());
        if (t.drafted() > 0) {
            screen.say("speculate.result", t.drafted(), t.accepted(), 100.0 * t.accepted() / t.drafted());
        }
    }

    /** Whether {@code name} can be a parameter of this session and {@code values} its values. */
    void check(Transcript changed) {
        partner.sampling(parameters.options(changed.parameters()));
    }

    @Override
    public void close() {
        partner.close();
    }
}
