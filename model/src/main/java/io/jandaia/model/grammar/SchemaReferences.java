package io.jandaia.model.grammar;

import static io.jandaia.model.grammar.SchemaKeywords.unsupported;
import static io.jandaia.model.grammar.SchemaKeywords.without;
import static io.jandaia.model.grammar.SchemaKeywords.wrong;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What the references and the {@code allOf} of a schema stand for. */
final class SchemaReferences {

    static final int MOST_DEPTH = 64;

    private final JsonNode root;

    SchemaReferences(JsonNode root) {
        this.root = root;
    }

    JsonNode find(String target, String place) {
        if (!target.startsWith("#")) {
            throw unsupported(place, "$ref", "is '" + target + "'; only what is in the same schema can be named");
        }
        String pointer = decoded(target.substring(1), place);
        if (!pointer.isEmpty() && !pointer.startsWith("/")) {
            throw unsupported(place, "$ref", "is '" + target + "', which no '$anchor' is called");
        }
        JsonNode found = root.at(pointer);
        if (found.isMissingNode()) {
            throw wrong(place, "refers to '" + target + "', which it does not have");
        }
        return found;
    }

    private static String decoded(String pointer, String place) {
        try {
            return URLDecoder.decode(pointer.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw wrong(place, "refers to '#" + pointer + "', where '%' is not followed by two hexadecimal digits");
        }
    }

    ObjectNode resolved(JsonNode schema, String place) {
        JsonNode s = schema;
        for (int i = 0; s.has("$ref") && i < MOST_DEPTH; i++) {
            s = s.size() == 1 ? find(s.get("$ref").asString(""), place) : s;
            if (s.has("$ref") && s.size() > 1) {
                break;
            }
        }
        if (!(s instanceof ObjectNode o) || o.has("$ref")) {
            throw unsupported(place, "$ref", "has keywords beside it that cannot be joined with what it names");
        }
        return o;
    }

    /** The schema of all that {@code allOf} wants at once, with what stands beside it. */
    ObjectNode merged(ObjectNode o, String place) {
        ObjectNode out = without(o, "allOf");
        if (!(o.get("allOf") instanceof ArrayNode parts)) {
            throw wrong(place, "has an 'allOf' that is no list");
        }
        Set<String> seen = new LinkedHashSet<>();
        for (JsonNode part : parts.values()) {
            JsonNode p = part;
            while (p.has("$ref") && p.size() == 1) {
                String target = p.get("$ref").asString("");
                if (!seen.add(target)) {
                    throw wrong(place, "has an 'allOf' with a circle of references");
                }
                p = find(target, place);
            }
            if (!(p instanceof ObjectNode named)) {
                if (p.isBoolean() && p.booleanValue()) {
                    continue;
                }
                throw wrong(place, "has an 'allOf' with a part that is no schema");
            }
            out = JoinedSchemas.of(out, named, place);
        }
        return out;
    }

    /** A schema with what its references and its {@code allOf} say. */
    ObjectNode whole(JsonNode schema, String place) {
        ObjectNode o = resolved(schema, place);
        for (int i = 0; i < MOST_DEPTH && o.has("allOf"); i++) {
            o = resolved(merged(o, place), place);
        }
        return o;
    }
}
