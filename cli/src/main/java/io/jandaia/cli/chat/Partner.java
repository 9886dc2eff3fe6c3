package io.jandaia.cli.chat;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.GenerateOptions;
import io.jandaia.model.chat.Message;
import io.jandaia.model.engine.TokenEvent.FinishReason;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** Who answers in a chat: a model that is loaded here, or one that a running server has. */
public interface Partner extends AutoCloseable {

    /**
     * An answer.
     *
     * @param cached tokens of the prompt that were known and not computed again
     * @param firstToken seconds
     * @param decode seconds from the first token to the last
     * @param seed with which it can be had again; empty when it is not known
     * @param drafted tokens that were guessed, {@code accepted} those that were right
     */
    record Turn(
            String text,
            FinishReason reason,
            int prompt,
            int cached,
            int completion,
            double firstToken,
            double decode,
            Optional<Long> seed,
            int drafted,
            int accepted) {

        int total() {
            return prompt + completion;
        }
    }

    /** What the user should know before the first turn. */
    List<String> notes();

    /** What is known of the model, by the texts' names of it. */
    Map<String, String> facts();

    /** The chat template; empty when it has none or it is not known. */
    Optional<String> template();

    /** Tokens of a conversation. */
    int contextLength();

    /**
     * How it would sample, for people to read.
     *
     * @throws JandaiaException USAGE when it cannot have these settings
     */
    Optional<String> sampling(GenerateOptions options);

    /**
     * Answers a conversation on the calling thread.
     *
     * @param onPrompt receives the tokens that are to be computed first, if they are known
     * @throws JandaiaException USAGE when the conversation does not fit
     */
    Turn answer(
            List<Message> conversation, GenerateOptions options, Consumer<Integer> onPrompt, Consumer<String> onText);

    /** Ends the answer that is being given; from any thread. */
    void stop();

    @Override
    void close();
}
