package io.jandaia.server.openai;

import io.jandaia.model.Model;
import io.jandaia.model.chat.Inputs;
import io.jandaia.server.ApiException;
import io.jandaia.server.Exchange;
import io.jandaia.server.Fields;
import io.jandaia.server.Messages;
import io.jandaia.server.Models;
import io.jandaia.server.Routes;
import java.io.IOException;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** {@code POST /tokenize}, {@code /detokenize} and {@code /apply-template}: what a model sees, without computing. */
final class TokenTools {

    private final Models models;

    private TokenTools(Models models) {
        this.models = models;
    }

    static void addTo(Routes routes, Models models) {
        TokenTools tools = new TokenTools(models);
        routes.post("/tokenize", tools::tokenize)
                .post("/detokenize", tools::detokenize)
                .post("/apply-template", tools::applyTemplate);
    }

    private void tokenize(Exchange x) throws IOException {
        Fields f = x.fields();
        Model model = x.find(models, f.text("model")).open(x);
        String content = f.text("content"); // llama.cpp's name; vLLM has prompt
        String text = content != null ? content : f.text("prompt");
        if (text == null) {
            throw f.absent("content", "a string");
        }
        x.complete(f);
        int[] ids = model.tokens(text).ids();
        ObjectNode json = Exchange.object();
        json.set("tokens", JsonMapper.shared().valueToTree(ids));
        x.json(json.put("count", ids.length));
    }

    private void detokenize(Exchange x) throws IOException {
        Fields f = x.fields();
        Model model = x.find(models, f.text("model")).open(x);
        List<JsonNode> tokens = f.list("tokens");
        x.complete(f);
        int size = model.tokenizer().size();
        int[] ids = new int[tokens.size()];
        for (int i = 0; i < ids.length; i++) {
            JsonNode id = tokens.get(i);
            if (!id.isInt() || id.intValue() < 0 || id.intValue() >= size) {
                throw ApiException.field(
                        "tokens", "'tokens[" + i + "]' is no token id; expected 0 to " + (size - 1) + ".");
            }
            ids[i] = id.intValue();
        }
        x.json(Exchange.object().put("content", model.tokenizer().decode(ids, false)));
    }

    private void applyTemplate(Exchange x) throws IOException {
        Fields f = x.fields();
        Models.Entry entry = x.find(models, f.text("model"));
        Model model = entry.open(x);
        var messages = entry.preset().messages(Messages.read(f));
        boolean generate = f.flag("add_generation_prompt", true);
        x.complete(f);
        x.json(Exchange.object()
                .put(
                        "prompt",
                        model.text()
                                .render(messages, Inputs.NONE.generate(generate))
                                .text()));
    }
}
