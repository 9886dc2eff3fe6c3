package io.jandaia.cli;

import io.jandaia.cli.chat.Partner;
import io.jandaia.cli.language.Texts;
import io.jandaia.model.GenerateOptions;
import io.jandaia.model.chat.Message;
import io.jandaia.model.engine.TokenEvent.FinishReason;
import io.jandaia.model.sampling.Setting;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A model that a running server has. */
final class ServerPartner implements Partner {

    private final RunningServer server;
    private final Texts texts;
    private int context;

    ServerPartner(RunningServer server, Texts texts) {
        this.server = server;
        this.texts = texts;
    }

    @Override
    public List<String> notes() {
        return List.of();
    }

    @Override
    public Map<String, String> facts() {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("server", server.url());
        int length = contextLength();
        if (length < Integer.MAX_VALUE) {
            facts.put("context", Integer.toString(length));
        }
        return facts;
    }

    @Override
    public Optional<String> template() {
        return Optional.empty();
    }

    /** Unbounded until the server has loaded the model. */
    @Override
    public int contextLength() {
        if (context == 0) {
            context = server.contextLength();
        }
        return context == 0 ? Integer.MAX_VALUE : context;
    }

    @Override
    public Optional<String> sampling(GenerateOptions options) {
        if (!RunningServer.knows(options.settings())) {
            throw texts.usage("run.server.setting");
        }
        return Optional.empty();
    }

    @Override
    public Turn answer(
            List<Message> conversation, GenerateOptions options, Consumer<Integer> onPrompt, Consumer<String> onText) {
        sampling(options);
        ObjectNode request = JsonMapper.shared().createObjectNode();
        RunningServer.add(request, options.settings());
        ArrayNode messages = request.putArray("messages");
        conversation.forEach(m -> messages.addObject().put("role", m.role()).put("content", m.content()));
        onPrompt.accept(0);
        StringBuilder text = new StringBuilder();
        long begin = System.nanoTime();
        long[] first = {0};
        RunningServer.End end = server.answer("/v1/chat/completions", request, texts, part -> {
            if (first[0] == 0) {
                first[0] = System.nanoTime();
            }
            text.append(part);
            onText.accept(part);
        });
        long last = System.nanoTime();
        long at = first[0] == 0 ? last : first[0];
        return new Turn(
                text.toString(),
                reason(end.reason()),
                end.prompt(),
                end.cached(),
                end.completion(),
                (at - begin) / 1e9,
                (last - at) / 1e9,
                options.settings().has(Setting.SEED)
                        ? Optional.of(options.settings().get(Setting.SEED))
                        : Optional.empty(),
                0,
                0);
    }

    private static FinishReason reason(String name) {
        for (FinishReason r : FinishReason.values()) {
            if (r.text().equals(name)) {
                return r;
            }
        }
        return FinishReason.STOP;
    }

    @Override
    public void stop() {
        server.stop();
    }

    @Override
    public void close() {
        server.stop();
    }
}
