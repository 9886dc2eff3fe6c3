package io.jandaia.server.openai;

import io.jandaia.model.MaskGuess;
import io.jandaia.model.Model;
import io.jandaia.model.TextTokens;
import io.jandaia.server.Endpoint;
import io.jandaia.server.Exchange;
import io.jandaia.server.Fields;
import io.jandaia.server.Models;
import io.jandaia.server.Work;
import java.io.IOException;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code POST /v1/fill}: what may stand where texts have the model's mask token, {@code top_k} tokens for each place, the
 * likeliest first. No other API has this.
 */
final class Fill implements Endpoint {

    private static final int USUAL = 5;
    private static final int MOST = 1000;

    private final Models models;

    Fill(Models models) {
        this.models = models;
    }

    @Override
    public void answer(Exchange x) throws IOException {
        Fields f = x.fields();
        Models.Entry entry = x.find(models, f.text("model"));
        Model model = entry.open(x);
        TextInputs inputs = TextInputs.read(f, model);
        int top = f.whole("top_k", USUAL, 1, MOST);
        boolean logits = f.flag("logits", false);
        x.complete(f);

        Work work = x.work(entry.name());
        ObjectNode json = Exchange.object().put("object", "list").put("model", entry.name());
        ArrayNode data = json.putArray("data");
        for (int i = 0; i < inputs.size(); i++) {
            TextTokens text = inputs.tokens().get(i);
            ArrayNode masks = data.addObject().put("index", i).putArray("masks");
            add(masks, x.reading(() -> model.fill(text, top)), logits);
        }
        work.read(inputs.read());
        x.json(inputs.addTo(json));
    }

    private static void add(ArrayNode masks, List<MaskGuess> guesses, boolean logits) {
        for (MaskGuess g : guesses) {
            ObjectNode mask = masks.addObject().put("position", g.position());
            ArrayNode candidates = mask.putArray("guesses");
            g.candidates()
                    .forEach(c -> candidates
                            .addObject()
                            .put("token_id", c.id())
                            .put("token", c.token())
                            .put("score", c.probability()));
            if (logits) {
                mask.set("logits", JsonMapper.shared().valueToTree(g.logits()));
            }
        }
    }
}
