package io.jandaia.model.grammar;

import static io.jandaia.model.grammar.Expression.all;
import static io.jandaia.model.grammar.Expression.text;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.StringNode;

/** Given values as JSON writes them. */
final class JsonLiterals {

    private static final int MOST_DIGITS = 40;

    private JsonLiterals() {}

    /** A value whose whole numbers may have a point and zeros. */
    static Expression anyForm(JsonNode value) {
        if (value.isNumber()) {
            BigDecimal d = value.decimalValue().stripTrailingZeros();
            boolean whole = d.scale() <= 0 && d.precision() - d.scale() <= MOST_DIGITS;
            return whole ? all(text(d.toPlainString()), JsonRules.zeros()) : text(value.toString());
        }
        if (!value.isContainer()) {
            return text(value.toString());
        }
        List<Expression> parts = new ArrayList<>();
        value.propertyNames()
                .forEach(name -> parts.add(all(text(StringNode.valueOf(name) + ":"), anyForm(value.path(name)))));
        if (value.isArray()) {
            value.forEach(item -> parts.add(anyForm(item)));
        }
        List<Expression> listed = new ArrayList<>();
        for (Expression part : parts) {
            listed.add(listed.isEmpty() ? part : all(text(","), part));
        }
        Expression inner = new Expression.Sequence(listed);
        return value.isArray() ? all(text("["), inner, text("]")) : all(text("{"), inner, text("}"));
    }
}
