package io.jandaia.model;

import io.jandaia.model.chat.Message;
import io.jandaia.model.engine.Generation;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/**
 * Turns that follow one another. What a turn has computed is known to the next one, whose prompt is computed only from where
 * it differs; the answers are the same as {@link Model#chat} gives. Use it for one turn at a time; {@link #cancel} may come
 * from any thread. Closing cancels.
 */
public final class Conversation implements AutoCloseable {

    private final Model model;
    private final AtomicReference<Generation> running = new AtomicReference<>();

    private volatile int reused;

    Conversation(Model model) {
        this.model = model;
    }

    /** Answers the conversation so far, all of which is given each time. */
    public Answer chat(List<Message> messages, GenerateOptions options, Consumer<String> onText) {
        return generate(model.prompt(messages), options, onText);
    }

    /** Continues token ids; a call that was cancelled returns what there is until then. */
    public Answer generate(int[] promptIds, GenerateOptions options, Consumer<String> onText) {
        try {
            Answer answer = model.generate(promptIds, options, onText, running::set);
            reused = answer.usage().cachedTokens();
            return answer;
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
        return reused;
    }

    @Override
    public void close() {
        cancel();
    }
}
