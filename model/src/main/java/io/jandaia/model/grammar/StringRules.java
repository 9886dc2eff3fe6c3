package io.jandaia.model.grammar;

import static io.jandaia.model.grammar.Expression.UNBOUNDED;
import static io.jandaia.model.grammar.Expression.all;
import static io.jandaia.model.grammar.Expression.repeat;
import static io.jandaia.model.grammar.Expression.text;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a schema says of the characters of a text.
 *
 * @param forms all of which it has
 * @param least characters, as far as the forms do not say it
 * @param most likewise; {@link Expression#UNBOUNDED} for any number
 */
record StringRules(List<Expression> forms, int least, int most) {

    /**
     * Of {@code pattern}, {@code format}, {@code minLength} and {@code maxLength}.
     *
     * @param place of the schema, for errors
     */
    static StringRules of(ObjectNode schema, String place) {
        int least = SchemaKeywords.count(schema, "minLength", 0, place);
        int most = SchemaKeywords.count(schema, "maxLength", UNBOUNDED, place);
        SchemaKeywords.check(least, most, "minLength", "maxLength", place);
        List<Expression> forms = new ArrayList<>();
        for (String keyword : List.of("pattern", "format")) {
            JsonNode value = schema.get(keyword);
            if (value == null) {
                continue;
            }
            String text = value.asString("");
            Expression e = keyword.equals("pattern") ? Regex.search(text) : Regex.parse(Formats.regex(text, place));
            TextLengths own = TextLengths.of(e);
            least = own.least() >= least ? 0 : least;
            most = own.most() != UNBOUNDED && own.most() <= most ? UNBOUNDED : most;
            forms.add(e);
        }
        return new StringRules(forms, least, most);
    }

    /** As JSON, in quotes. */
    Expression json(JsonRules json) {
        Expression content = forms.isEmpty()
                ? repeat(json.character(), least, most)
                : together(
                        forms.stream().map(JsonRules::escaped).toList(), JsonRules.escaped(Expression.Characters.ANY));
        return all(text("\""), content, text("\""));
    }

    /** As they are, without quotes; null for any text. */
    @Nullable
    Expression plain() {
        return forms.isEmpty() && !bounded() ? null : together(forms, Expression.Characters.ANY);
    }

    private boolean bounded() {
        return least > 0 || most != UNBOUNDED;
    }

    private Expression together(List<Expression> wanted, Expression character) {
        Stream<Expression> lengths = bounded() ? Stream.of(repeat(character, least, most)) : Stream.of();
        return Stream.concat(wanted.stream(), lengths)
                .reduce(Expression.Both::new)
                .orElseThrow();
    }
}
