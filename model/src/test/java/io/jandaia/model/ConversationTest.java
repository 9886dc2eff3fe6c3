package io.jandaia.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.jandaia.Jandaia;
import io.jandaia.model.chat.Message;
import io.jandaia.model.engine.TokenEvent.FinishReason;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class ConversationTest {

    @Test
    void turnsAreThoseOfTheModelAndSkipWhatIsKnown() {
        try (Model m = Jandaia.load("../models/starter");
                Conversation c = m.conversation()) {
            List<Message> messages = new ArrayList<>();
            for (int turn = 0; turn < 3; turn++) {
                messages.add(Message.user("Tell me about bird number " + turn + "."));
                GenerateOptions options = GenerateOptions.DEFAULT.seed(turn).maxTokens(25);
                Answer answer = c.chat(messages, options, t -> {});
                assertThat(answer.text())
                        .isEqualTo(m.chat(messages, options, t -> {}).text());
                if (turn > 0) {
                    assertThat(c.reusedTokens()).isGreaterThan(answer.promptTokenIds().length / 3);
                }
                messages.add(Message.assistant(answer.text()));
            }
        }
    }

    @Test
    void cancellingReturnsWhatThereIs() {
        try (Model m = Jandaia.load("../models/starter");
                Conversation c = m.conversation()) {
            StringBuilder seen = new StringBuilder();
            Answer answer = c.chat(List.of(Message.user("A bird")), GenerateOptions.DEFAULT.ignoreEnd(true), text -> {
                seen.append(text);
                c.cancel();
            });
            assertThat(answer.finishReason()).isEqualTo(FinishReason.CANCELLED);
            assertThat(answer.text()).isEqualTo(seen.toString()).isNotEmpty();
        }
    }
}
