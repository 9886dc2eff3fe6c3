package io.jandaia.model.grammar;

import static io.jandaia.model.grammar.Expression.all;
import static io.jandaia.model.grammar.Expression.any;
import static io.jandaia.model.grammar.Expression.optional;
import static io.jandaia.model.grammar.Expression.repeat;
import static io.jandaia.model.grammar.Expression.text;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.answer.AnswerFormat;
import io.jandaia.model.answer.CallFormat;
import io.jandaia.model.answer.CallFormat.Arguments;
import io.jandaia.model.answer.Literal;
import io.jandaia.model.answer.ReasoningFormat;
import io.jandaia.model.answer.Tool;
import io.jandaia.model.answer.ToolUse;
import io.jandaia.model.grammar.Expression.Characters;
import io.jandaia.model.grammar.Expression.Until;
import io.jandaia.model.grammar.Expression.Without;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What an answer may be that can have reasoning, text and calls of tools: text is free, and from the place where a call
 * begins it is one of a tool that there is, with arguments that fit its schema.
 */
public final class AnswerGrammar {

    private static final String ROOT = "answer";

    private final AnswerFormat format;
    private final Map<String, Expression> rules = new LinkedHashMap<>();
    private final List<String> unchecked = new ArrayList<>();

    private AnswerGrammar(AnswerFormat format) {
        this.format = format;
    }

    /**
     * A grammar and what it cannot promise.
     *
     * @param unchecked tools whose arguments may be any, since their schema cannot be guaranteed and is not strict
     */
    public record Result(Grammar grammar, List<String> unchecked) {}

    /**
     * The grammar of an answer; null where it would allow anything.
     *
     * @param content what the text must be; null = anything
     * @param reasons whether the prompt has begun the reasoning
     * @throws JandaiaException USAGE or UNSUPPORTED for schemas, UNSUPPORTED for tools where the model's format is not known
     */
    public static @Nullable Result of(AnswerFormat format, ToolUse use, @Nullable Grammar content, boolean reasons) {
        if (!use.possible()) {
            if (content == null) {
                return null;
            }
            if (format.reasoning() == null && format.contentOpening().isEmpty()) {
                return new Result(content, List.of());
            }
        }
        AnswerGrammar g = new AnswerGrammar(format);
        g.rules.put(ROOT, g.answer(use, content, reasons));
        String source = "answer:" + format + use.callable() + use.choice() + use.parallel() + reasons + content;
        return new Result(new Grammar(source, g.rules, ROOT), List.copyOf(g.unchecked));
    }

    private Expression answer(ToolUse use, @Nullable Grammar content, boolean reasons) {
        boolean free = content == null && use.choice() == ToolUse.Choice.AUTO;
        Expression body = new Expression.Rule("body");
        rules.put("body", body(use, content));
        ReasoningFormat r = format.reasoning();
        if (r == null) {
            return body;
        }
        Expression after = all(space(), body);
        Expression reasoned = all(new Until(r.end()), after);
        Expression reasoning = free ? any(new Without(r.end()), reasoned) : reasoned;
        if (reasons) {
            return reasoning;
        }
        String start = r.start();
        return start == null ? body : any(body, all(space(), text(start), reasoning));
    }

    private static Expression space() {
        return repeat(new Characters('\n', '\n', ' ', ' '), 0, 2);
    }

    private Expression body(ToolUse use, @Nullable Grammar content) {
        Expression form = content == null
                ? null
                : all(optional(all(text(format.contentOpening()), space())), content.addTo(rules, "content."));
        if (!use.possible()) {
            return form == null ? Expression.EMPTY : form;
        }
        CallFormat calls = format.calls();
        if (calls == null) {
            throw JandaiaException.unsupported("The model's chat template does not show how it writes calls of tools."
                    + " Leave the tools out, or use a model whose template does.");
        }
        rules.put("calls", calls(calls, use));
        Expression rest = new Expression.Rule("calls");
        Expression called = all(space(), text(calls.trigger()), rest);
        if (use.choice() == ToolUse.Choice.REQUIRED) {
            return called;
        }
        if (form != null) {
            return any(form, called);
        }
        if (calls.trigger().isEmpty()) { // then text says that it is text
            return any(all(text(format.contentOpening()), repeat(Characters.ANY, 0, Expression.UNBOUNDED)), called);
        }
        return calls.onlyFirst()
                ? any(notBeginningWith(calls.trigger()), called)
                : any(new Without(calls.trigger()), all(new Until(calls.trigger()), rest));
    }

    private static Expression notBeginningWith(String trigger) {
        int[] points = trigger.codePoints().toArray();
        List<Expression> options = new ArrayList<>();
        for (int i = 0; i < points.length; i++) {
            Characters other = Characters.ANY.without(new Characters(points[i], points[i]));
            options.add(all(
                    text(new String(points, 0, i)),
                    optional(all(other, repeat(Characters.ANY, 0, Expression.UNBOUNDED)))));
        }
        return new Expression.Choice(options);
    }

    /** Calls from behind the trigger to the end. */
    private Expression calls(CallFormat calls, ToolUse use) {
        List<Expression> options = new ArrayList<>();
        for (Tool tool : use.callable()) {
            String rule = "tool." + tool.name();
            rules.put(rule, all(text(tool.name()), arguments(calls.arguments(), tool)));
            options.add(new Expression.Rule(rule));
        }
        Expression call = new Expression.Choice(options);
        Literal next = use.parallel() ? calls.next() : null;
        String beforeFirst = calls.open().text().substring(calls.trigger().length());
        return all(
                literal(new Literal(beforeFirst)),
                call,
                next == null ? Expression.EMPTY : repeat(all(literal(next), call), 0, Expression.UNBOUNDED),
                literal(calls.close()));
    }

    private static Expression literal(Literal literal) {
        List<Expression> parts = new ArrayList<>();
        for (Object part : literal.parts()) {
            parts.add(part instanceof Literal.Hole h ? Regex.parse(h.pattern()) : text((String) part));
        }
        return new Expression.Sequence(parts);
    }

    private Expression arguments(Arguments arguments, Tool tool) {
        return switch (arguments) {
            case Arguments.Json j -> all(literal(j.before()), schema(tool, tool.parameters(), "arguments"));
            case Arguments.Tagged t -> tagged(t, tool);
        };
    }

    /** A schema of a tool; any object or value, where it cannot be guaranteed and need not be. */
    private Expression schema(Tool tool, JsonNode schema, String place) {
        String prefix = "tool." + tool.name() + "." + place + ".";
        boolean object = place.equals("arguments");
        try {
            return Grammar.jsonSchema(object ? ofObject(schema) : schema).addTo(rules, prefix);
        } catch (JandaiaException e) {
            giveUp(tool, e);
            JsonRules json = new JsonRules();
            Map<String, Expression> any = json.with("root", object ? json.anyObject() : json.value());
            return new Grammar("any", any, "root").addTo(rules, prefix);
        }
    }

    /**
     * A schema cannot be guaranteed.
     *
     * @throws JandaiaException where it must be
     */
    private void giveUp(Tool tool, JandaiaException e) {
        if (tool.strict()) {
            throw new JandaiaException(e.kind(), "The tool '" + tool.name() + "': " + e.getMessage(), e);
        }
        if (!unchecked.contains(tool.name())) {
            unchecked.add(tool.name());
        }
    }

    /** A schema without a type means an object here, and what it does not name is no argument. */
    private static JsonNode ofObject(JsonNode schema) {
        ObjectNode object = (ObjectNode) schema.deepCopy();
        if (Stream.of("type", "$ref", "anyOf", "allOf", "oneOf").noneMatch(object::has)) {
            object.put("type", "object");
        }
        if (object.has("properties") && !object.has("additionalProperties")) {
            object.put("additionalProperties", false);
        }
        return object;
    }

    /** Arguments one by one, in the order of the schema; those that are not required may be left out. */
    private Expression tagged(Arguments.Tagged t, Tool tool) {
        JsonNode properties = tool.parameters().path("properties");
        Set<String> required = new HashSet<>();
        tool.parameters().path("required").forEach(r -> required.add(r.asString("")));
        List<String> names = List.copyOf(properties.propertyNames());
        String none = t.none();
        if (names.isEmpty()) {
            return none == null ? text(t.first()) : text(none);
        }
        // what may follow when some argument has been written, and when none has
        Expression some = Expression.EMPTY;
        Expression first = none == null ? null : text(none);
        for (int i = names.size() - 1; i >= 0; i--) {
            String name = names.get(i);
            Expression value = value(t, tool, name, properties.path(name));
            boolean must = required.contains(name);
            Expression rest = rule(tool, "some" + (i + 1), some);
            Expression begins = all(text(t.first()), value, rest);
            Expression goesOn = all(text(t.next()), value, rest);
            first = must || first == null ? begins : any(begins, first);
            some = must ? goesOn : any(goesOn, some);
        }
        return first == null ? Expression.EMPTY : first;
    }

    private Expression rule(Tool tool, String place, Expression e) {
        String name = "tool." + tool.name() + "." + place;
        rules.put(name, e);
        return new Expression.Rule(name);
    }

    private Expression value(Arguments.Tagged t, Tool tool, String name, JsonNode schema) {
        if (!schema.path("type").asString("").equals("string")) {
            return all(text(name), text(t.otherOpen()), schema(tool, schema, name), text(t.otherEnd()));
        }
        Expression key = all(text(name), text(t.textOpen()));
        JsonNode choices = schema.has("const") ? schema.path("const") : schema.path("enum");
        List<Expression> options = new ArrayList<>();
        (choices.isArray() ? choices : List.of(choices)).forEach(c -> {
            if (c.isString()) {
                options.add(text(c.stringValue()));
            }
        });
        return options.isEmpty()
                ? all(key, plain(t.textEnd(), tool, name, schema))
                : all(key, new Expression.Choice(options), text(t.textEnd()));
    }

    /** A text without quotes, to its end, which does not come within it. */
    private Expression plain(String end, Tool tool, String name, JsonNode schema) {
        Expression any = new Until(end);
        try {
            ObjectNode o = (ObjectNode) schema;
            SchemaKeywords.check(o, name);
            Expression fits = StringRules.of(o, name).plain();
            return fits == null ? any : new Expression.Both(all(fits, text(end)), any);
        } catch (JandaiaException e) {
            giveUp(tool, e);
            return any;
        }
    }
}
