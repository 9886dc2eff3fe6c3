package io.jandaia.server.openai;

import io.jandaia.server.Fields;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;

/** A text, a list of texts, token ids, or a list of lists of them: four ways to write what a request is about. */
final class Prompts {
    private Prompts() {}

    /** @param text makes of a text what is wanted, {@code ids} of token ids */
    static <T> List<T> read(Fields f, String name, Function<String, T> text, Function<int[], T> ids) {
        String expected = "a string, a list of strings, token ids or a list of lists of them";
        JsonNode value = f.get(name);
        if (value == null) {
            throw f.absent(name, expected);
        }
        if (value.isString()) {
            return List.of(text.apply(value.stringValue()));
        }
        if (!value.isArray() || value.isEmpty()) {
            throw f.wrong(name, value, expected);
        }
        if (value.valueStream().allMatch(JsonNode::isInt)) {
            return List.of(ids.apply(ids(value)));
        }
        List<T> all = new ArrayList<>();
        for (JsonNode part : value.values()) {
            if (part.isString()) {
                all.add(text.apply(part.stringValue()));
            } else if (part.isArray() && !part.isEmpty() && part.valueStream().allMatch(JsonNode::isInt)) {
                all.add(ids.apply(ids(part)));
            } else {
                throw f.wrong(name, value, expected);
            }
        }
        return all;
    }

    private static int[] ids(JsonNode list) {
        return list.valueStream().mapToInt(JsonNode::intValue).toArray();
    }
}
