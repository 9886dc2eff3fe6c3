package io.jandaia.server.openai;

import io.jandaia.model.EmbedOptions;
import io.jandaia.model.Model;
import io.jandaia.model.TextTokens;
import io.jandaia.server.ApiException;
import io.jandaia.server.Endpoint;
import io.jandaia.server.Exchange;
import io.jandaia.server.Fields;
import io.jandaia.server.Models;
import io.jandaia.server.Work;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code POST /v1/embeddings}. */
final class Embeddings implements Endpoint {

    /** Texts of one request, as in OpenAI's API. */
    private static final int MOST = 2048;

    private final Models models;

    Embeddings(Models models) {
        this.models = models;
    }

    @Override
    public void answer(Exchange x) throws IOException {
        Fields f = x.fields();
        Models.Entry entry = x.find(models, f.text("model"));
        Model model = entry.open(x);
        List<Object> inputs = Prompts.read(f, "input", text -> (Object) text, TextTokens::of);
        String format = f.text("encoding_format");
        boolean base64 = "base64".equals(format);
        if (format != null && !base64 && !format.equals("float")) {
            throw ApiException.field(
                    "encoding_format", "The field 'encoding_format' is '" + format + "'; expected float or base64.");
        }
        EmbedOptions options = EmbedOptions.DEFAULT.truncate(f.flag("truncate", false));
        int dimensions = f.whole("dimensions", 0, 1, 1 << 20);
        if (dimensions > 0) {
            options = options.dimensions(dimensions);
        }
        String prompt = f.text("prompt_name");
        if (prompt != null) {
            options = options.prompt(prompt);
        }
        x.complete(f);
        if (inputs.size() > MOST) {
            throw ApiException.field(
                    "input", "The request has " + inputs.size() + " texts; the limit is " + MOST + ". Send several.");
        }

        ObjectNode json = Exchange.object().put("object", "list");
        ArrayNode data = json.putArray("data");
        Work work = x.work(entry.name());
        EmbedOptions asked = options;
        int tokens = 0;
        List<String> notes = List.of();
        if (inputs.stream().allMatch(String.class::isInstance)) {
            List<String> texts = inputs.stream().map(String.class::cast).toList();
            io.jandaia.model.Embeddings e = x.reading(() -> model.embed(texts, asked));
            tokens = e.tokens();
            for (int i = 0; i < e.vectors().size(); i++) {
                add(data, i, e.vectors().get(i), base64);
            }
            notes = e.notes();
        } else {
            for (int i = 0; i < inputs.size(); i++) {
                TextTokens text = inputs.get(i) instanceof TextTokens t ? t : model.tokens((String) inputs.get(i));
                tokens += text.size();
                add(data, i, x.reading(() -> model.embed(text, asked)), base64);
            }
        }
        work.read(tokens);
        x.json(TextInputs.add(json.put("model", entry.name()), notes, tokens));
    }

    private static void add(ArrayNode data, int index, float[] vector, boolean base64) {
        ObjectNode one = data.addObject().put("object", "embedding").put("index", index);
        if (base64) {
            ByteBuffer bytes = ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            bytes.asFloatBuffer().put(vector);
            one.put("embedding", Base64.getEncoder().encodeToString(bytes.array()));
        } else {
            ArrayNode numbers = one.putArray("embedding");
            for (float v : vector) {
                numbers.add(v);
            }
        }
    }
}
