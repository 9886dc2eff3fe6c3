package io.jandaia.model.engine;

import io.jandaia.error.JandaiaException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Cuts a stream of text at the first stop text, holding back only what may still become one. */
final class StopMatcher {

    private final List<String> stops;
    private final StringBuilder held = new StringBuilder();
    private @Nullable String matched;

    StopMatcher(List<String> stops) {
        if (stops.stream().anyMatch(String::isEmpty)) {
            throw JandaiaException.usage("A stop text is empty; expected at least one character.");
        }
        this.stops = stops;
    }

    /** Takes more text and returns what is now certain to come before any stop text. */
    String add(String text) {
        held.append(text);
        int first = -1;
        matched = null;
        for (String stop : stops) {
            int at = held.indexOf(stop);
            if (at >= 0 && (first < 0 || at < first)) {
                first = at;
                matched = stop;
            }
        }
        int certain = matched != null ? first : held.length() - possibleStart();
        String out = held.substring(0, certain);
        if (matched != null) {
            held.setLength(0);
        } else {
            held.delete(0, certain);
        }
        return out;
    }

    /** Whether a stop text came. */
    boolean matched() {
        return matched != null;
    }

    /** The stop text that came; null if none did. */
    @Nullable
    String stop() {
        return matched;
    }

    /** What is still held back. */
    String rest() {
        String out = held.toString();
        held.setLength(0);
        return out;
    }

    /** Length of the longest end of the held text that begins a stop text. */
    private int possibleStart() {
        int longest = 0;
        for (String stop : stops) {
            for (int n = Math.min(stop.length() - 1, held.length()); n > longest; n--) {
                if (stop.startsWith(held.substring(held.length() - n))) {
                    longest = n;
                }
            }
        }
        return longest;
    }
}
