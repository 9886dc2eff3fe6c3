package io.jandaia.model.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StopMatcherTest {

    @Test
    void holdsBackOnlyWhatMayBecomeAStop() {
        StopMatcher m = new StopMatcher(List.of("###", "\n\nUser:"));
        assertThat(m.add("Hello #")).isEqualTo("Hello ");
        assertThat(m.add("1")).isEqualTo("#1");
        assertThat(m.add("\n\nUse")).isEmpty();
        assertThat(m.add("d car")).isEqualTo("\n\nUsed car");
        assertThat(m.add(" ##")).isEqualTo(" ");
        assertThat(m.add("# more")).isEmpty();
        assertThat(m.matched()).isTrue();
    }

    @Test
    void anyCutOfTheTextGivesTheSame() {
        long seed = 5;
        Random random = new Random(seed);
        for (int n = 0; n < 2000; n++) {
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < 30; i++) {
                text.append((char) ('a' + random.nextInt(2)));
            }
            List<String> stops = List.of("abba", "bbb", "aabaa");
            int first = stops.stream()
                    .mapToInt(text::indexOf)
                    .filter(i -> i >= 0)
                    .min()
                    .orElse(-1);
            String expected = first < 0 ? text.toString() : text.substring(0, first);
            StopMatcher m = new StopMatcher(stops);
            StringBuilder found = new StringBuilder();
            for (int at = 0; at < text.length() && !m.matched(); ) {
                int end = Math.min(text.length(), at + 1 + random.nextInt(3));
                found.append(m.add(text.substring(at, end)));
                at = end;
            }
            found.append(m.rest());
            // A chunk may complete two stops; the earlier one in the text counts unless a shorter one ended before it.
            assertThat(text.toString()).as("seed %d", seed).startsWith(found.toString());
            assertThat(found.length()).isGreaterThanOrEqualTo(expected.length());
            assertThat(stops).noneMatch(s -> found.indexOf(s) >= 0);
        }
    }
}
