package io.jandaia.model.answer;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a model writes calls of tools: {@code open name arguments (next name arguments)* close}.
 *
 * @param open what comes before the name of the first, without white space in front
 * @param next what comes between the arguments of one and the name of the next; null where there is one call at most
 * @param close what comes after the arguments of the last
 * @param argumentsAsText whether the template expects the arguments of earlier calls as JSON text
 * @param withoutContent whether the template writes calls only of messages whose content is null
 */
public record CallFormat(
        Literal open,
        @Nullable Literal next,
        Literal close,
        Arguments arguments,
        boolean argumentsAsText,
        boolean withoutContent) {

    /** How arguments are written. */
    public sealed interface Arguments {

        /**
         * As a JSON object.
         *
         * @param before what is between the name and the object
         */
        record Json(Literal before) implements Arguments {}

        /**
         * Each by itself: {@code first key open value end (next key open value end)*}.
         *
         * @param none what there is instead where there are none; null where there must be some
         */
        record Tagged(
                String first,
                String next,
                String textOpen,
                String textEnd,
                String otherOpen,
                String otherEnd,
                @Nullable String none)
                implements Arguments {}
    }

    /** The text with which calls begin, wherever it comes; a name or a hole follows. */
    public String trigger() {
        return open.head();
    }

    /** Whether calls are known as such only at the beginning of an answer, since they begin like other texts. */
    public boolean onlyFirst() {
        return trigger().startsWith("{") || trigger().length() < 3;
    }

    /** All texts that are not names, keys or values. */
    List<String> markers() {
        List<String> out = new ArrayList<>(List.of(open.text(), close.text()));
        if (next != null) {
            out.add(next.text());
        }
        switch (arguments) {
            case Arguments.Json j -> out.add(j.before().text());
            case Arguments.Tagged t ->
                out.addAll(List.of(t.first(), t.next(), t.textOpen(), t.textEnd(), t.otherOpen(), t.otherEnd()));
        }
        return out;
    }
}
