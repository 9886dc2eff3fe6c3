package io.jandaia.model;

import io.jandaia.model.chat.Message;
import io.jandaia.model.engine.Generation;
import io.jandaia.model.engine.Kept;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/**
 * Turns that follow one another. What a turn has computed is kept for the next one, whose prompt is computed only from where
 * it differs; the answers are the same as {@link Model#chat} gives. Use it for one turn at a time; {@link #cancel} may come
 * from any thread. Close it to give its memory back.
 */
public final class Conversation implements AutoCloseable {

    private final Model model;
    private final Kept kept;
    private final AtomicReference<Generation> running = new AtomicReference<>();

    Conversation(Model model, Kept kept) {
        this.model = model;
        this.kept = kept;
    }

    /** Answers the conversation so far, all of which is given each time. */
    public Answer chat(List<Message> messages, GenerateOptions options, Consumer<String> onText) {
        return generate(model.prompt(messages), options, onText);
    }

    /** Continues token ids; a call that was cancelled returns what there is until then. */
    public Answer generate(int[] promptIds, GenerateOptions options, Consumer<String> onText) {
        try {
            return model.generate(promptIds, options, onText, kept, running::set);
        } finally {
            running.set(null);
        }
    }

    /** Ends the answer that is being generated, if any, within one step of the engine. */
    public void cancel() {
        Generation generation = running.get();
        if (generation != null) {
            generation.cancel();
        }
    }

    /** How many tokens of the last prompt were known already and not computed again. */
    public int reusedTokens() {
        return kept.reused();
    }

    @Override
    public void close() {
        kept.close();
    }
}
