package io.jandaia.model.grammar;

import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The addresses that a schema gives its parts with {@code $id} and {@code $anchor}. References by them become places in the
 * whole, {@code #/...}; what they name elsewhere stays as it is.
 */
final class SchemaAddresses {

    private static final Set<String> SCHEMAS = Set.of("items", "additionalProperties", "not", "if", "then", "else");
    private static final Set<String> LISTS = Set.of("allOf", "anyOf", "oneOf", "prefixItems");
    private static final Set<String> NAMED = Set.of("properties", "patternProperties", "$defs", "definitions");

    /** The base of a schema without an {@code $id}. */
    private static final String NONE = "";

    private final Map<String, String> places = new HashMap<>();
    private final List<Runnable> changes = new ArrayList<>();

    private SchemaAddresses() {}

    /** The schema with all its references as places in it. */
    static JsonNode resolved(JsonNode schema) {
        if (schema.findValue("$id") == null && schema.findValue("$anchor") == null) {
            return schema;
        }
        JsonNode copy = schema.deepCopy();
        SchemaAddresses addresses = new SchemaAddresses();
        addresses.places.put(NONE, "");
        addresses.walk(copy, NONE, "");
        addresses.changes.forEach(Runnable::run);
        return copy;
    }

    private void walk(JsonNode node, String outer, String place) {
        if (!(node instanceof ObjectNode schema)) {
            return;
        }
        String id = schema.path("$id").asString("");
        String base = id.isEmpty() || id.startsWith("#") ? outer : absolute(outer, id);
        places.putIfAbsent(base, place);
        JsonNode anchor = schema.path("$anchor");
        if (anchor.isString()) {
            places.putIfAbsent(base + "#" + anchor.stringValue(), place);
            changes.add(() -> schema.remove("$anchor"));
        }
        JsonNode ref = schema.path("$ref");
        if (ref.isString()) {
            changes.add(() -> rewrite(schema, base, ref.stringValue()));
        }
        for (Map.Entry<String, JsonNode> e : schema.properties()) {
            String at = place + "/" + escaped(e.getKey());
            if (SCHEMAS.contains(e.getKey())) {
                walk(e.getValue(), base, at);
            } else if (LISTS.contains(e.getKey())) {
                for (int i = 0; i < e.getValue().size(); i++) {
                    walk(e.getValue().get(i), base, at + "/" + i);
                }
            } else if (NAMED.contains(e.getKey())) {
                e.getValue().properties().forEach(p -> walk(p.getValue(), base, at + "/" + escaped(p.getKey())));
            }
        }
    }

    private void rewrite(ObjectNode schema, String base, String ref) {
        String target = ref.startsWith("#") ? base + ref : absolute(base, ref);
        int hash = target.indexOf('#');
        String address = hash < 0 ? target : target.substring(0, hash);
        String fragment = hash < 0 ? "" : target.substring(hash + 1);
        boolean pointer = fragment.isEmpty() || fragment.startsWith("/");
        String place = pointer ? places.get(address) : places.get(address + "#" + fragment);
        if (place != null) {
            schema.put("$ref", "#" + place.replace("%", "%25") + (pointer ? fragment : ""));
        }
    }

    private static String absolute(String base, String reference) {
        try {
            URI to = URI.create(reference);
            URI from = URI.create(base);
            return (base.isEmpty() || from.isOpaque() ? to : from.resolve(to)).toString();
        } catch (IllegalArgumentException e) {
            return reference; // names nothing here, which is said where it is followed
        }
    }

    /** As JSON pointers write a name. */
    private static String escaped(String name) {
        return name.replace("~", "~0").replace("/", "~1");
    }
}
