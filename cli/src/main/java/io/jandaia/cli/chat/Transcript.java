package io.jandaia.cli.chat;

import io.jandaia.model.chat.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A conversation as it can be saved.
 *
 * @param model the name it was held with
 * @param system the message before all others; empty for none
 * @param parameters of generation, as they were typed
 * @param messages of user and assistant, in turn
 */
record Transcript(String model, String system, Map<String, List<String>> parameters, List<Message> messages) {

    Transcript {
        parameters = Map.copyOf(parameters);
        messages = List.copyOf(messages);
    }

    /** What the model is to see: the system's message, if any, then the others. */
    List<Message> all() {
        List<Message> all = new ArrayList<>();
        if (!system.isEmpty()) {
            all.add(Message.system(system));
        }
        all.addAll(messages);
        return all;
    }

    Transcript with(List<Message> newMessages) {
        return new Transcript(model, system, parameters, newMessages);
    }

    Transcript plus(Message message) {
        List<Message> more = new ArrayList<>(messages);
        more.add(message);
        return with(more);
    }

    Transcript withModel(String name) {
        return new Transcript(name, system, parameters, messages);
    }

    Transcript withSystem(String text) {
        return new Transcript(model, text, parameters, messages);
    }

    Transcript withParameters(Map<String, List<String>> values) {
        return new Transcript(model, system, values, messages);
    }

    /** Everything up to the last message of the user, which is not in it; empty when there is none. */
    Optional<Transcript> beforeLastQuestion() {
        for (int i = messages.size() - 1; i >= 0; i--) {
            if (messages.get(i).role().equals("user")) {
                return Optional.of(with(messages.subList(0, i)));
            }
        }
        return Optional.empty();
    }

    /** The last message of the user. */
    Optional<Message> lastQuestion() {
        return beforeLastQuestion().map(t -> messages.get(t.messages.size()));
    }
}
