package io.jandaia.model.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What other programs leave of given logits, and what we do. */
public record Golden(JsonNode file) {

    public static Golden read(String name) throws IOException {
        try (InputStream in = Golden.class.getResourceAsStream("/golden/" + name)) {
            return new Golden(JsonMapper.shared().readTree(in));
        }
    }

    public JsonNode cases() {
        return file.get("cases");
    }

    /** A fresh copy. */
    public float[] logits(JsonNode c) {
        JsonNode array = file.get("logits").get(c.get("logits").asInt());
        float[] out = new float[array.size()];
        for (int i = 0; i < out.length; i++) {
            out[i] = (float) array.get(i).asDouble();
        }
        return out;
    }

    public int[] previous(JsonNode c) {
        return ints(file.get("previous_ids").get(c.get("logits").asInt()));
    }

    public static int[] ints(JsonNode array) {
        return array.valueStream().mapToInt(JsonNode::asInt).toArray();
    }

    /** Checks the tokens that are left and their probabilities. */
    public void check(JsonNode c, Sampling sampling, int prompt, int limit, double tolerance) {
        int[] before = previous(c);
        Map<Integer, Double> found = left(sampling, logits(c), before, prompt, limit);
        Map<Integer, Double> expected = new TreeMap<>();
        c.get("probs")
                .properties()
                .forEach(p ->
                        expected.put(Integer.parseInt(p.getKey()), p.getValue().asDouble()));
        // The files leave out, or round to nothing, what is nothing at seven decimals.
        found.entrySet().removeIf(e -> e.getValue() < 1e-7 && !expected.containsKey(e.getKey()));
        expected.entrySet().removeIf(e -> e.getValue() < 1e-7 && !found.containsKey(e.getKey()));
        assertThat(found.keySet()).as("%s", c).isEqualTo(expected.keySet());
        expected.forEach(
                (id, p) -> assertThat(found.get(id)).as("%s of %s", id, c).isCloseTo(p, within(tolerance)));
    }

    /** The probabilities of the tokens that are left. */
    public static Map<Integer, Double> left(Sampling sampling, float[] logits, int[] before, int prompt, int limit) {
        Sampler sampler = new Sampler(sampling, prompt, limit, new Scratch());
        sampler.process(logits, before, before.length);
        return probabilities(sampler.filter(logits, before.length));
    }

    static Map<Integer, Double> probabilities(Candidates left) {
        Map<Integer, Double> found = new TreeMap<>();
        for (int rank = 0; left.ranked(rank); rank++) {
            found.put(left.idAt(rank), left.weightAt(rank) / left.total());
        }
        return found;
    }
}
