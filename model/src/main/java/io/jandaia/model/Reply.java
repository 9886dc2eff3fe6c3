package io.jandaia.model;

import io.jandaia.model.answer.AnswerParser;
import io.jandaia.model.answer.AnswerPart;
import io.jandaia.model.answer.WholeAnswer;
import io.jandaia.model.engine.Generation;
import io.jandaia.model.engine.TokenEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** The answer to a {@link Dialogue} while it is given. Any thread may cancel; one reads. */
public final class Reply {

    /**
     * An answer at its end.
     *
     * @param finished why it ended, and what it took
     */
    public record Whole(WholeAnswer answer, TokenEvent.Finished finished) {}

    private final Generation generation;
    private final AnswerParser parser;

    Reply(Dialogue dialogue, Generation generation) {
        this.generation = generation;
        this.parser = dialogue.parser();
    }

    /**
     * Reads it to its end.
     *
     * @param onPart is given each piece as it comes; when it throws, the answer is cancelled
     * @throws io.jandaia.error.JandaiaException when it fails, or CANCELLED if this thread is interrupted
     */
    public Whole read(Consumer<AnswerPart> onPart) {
        WholeAnswer whole = new WholeAnswer();
        Consumer<AnswerPart> both = part -> {
            whole.add(part);
            onPart.accept(part);
        };
        try (generation) {
            for (TokenEvent event; (event = generation.next()) != null; ) {
                parts(parser, event).forEach(both);
                if (event instanceof TokenEvent.Finished finished) {
                    return new Whole(whole, finished);
                }
            }
            throw new IllegalStateException("A generation ended without its last event.");
        }
    }

    /** What an event adds to an answer; the last one also what was held back. */
    public static List<AnswerPart> parts(AnswerParser parser, TokenEvent event) {
        return switch (event) {
            case TokenEvent.Token t -> parser.add(t.text());
            case TokenEvent.Finished f -> {
                List<AnswerPart> parts = new ArrayList<>(parser.add(f.text()));
                parts.addAll(parser.finish());
                yield parts;
            }
        };
    }

    /** Ends it as it is: what came so far is still read. */
    public void cancel() {
        generation.cancel();
    }
}
