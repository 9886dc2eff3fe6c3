package io.jandaia.model.chat.jinja;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class SearchTest {

    /** The library's own search, over texts of two letters so that much nearly matches. */
    @Test
    void findsWhatTheLibraryFinds() {
        Random random = new Random(11);
        for (int round = 0; round < 3000; round++) {
            String text = letters(random, random.nextInt(700));
            String needle = random.nextBoolean() && text.length() > 70
                    ? text.substring(random.nextInt(text.length() - 69)).substring(0, 66 + random.nextInt(4))
                    : letters(random, 60 + random.nextInt(20));
            int from = random.nextInt(720) - 5;
            assertThat(Search.first(text, needle, from)).isEqualTo(text.indexOf(needle, from));
            assertThat(Search.last(text, needle, from)).isEqualTo(text.lastIndexOf(needle, from));
        }
    }

    /** Takes milliseconds; the product of the lengths is ten thousand million. */
    @Test
    void longNeedlesThatNearlyMatchEverywhere() {
        String text = "a".repeat(1_000_000);
        assertThat(Search.first(text, "a".repeat(9_999) + "b", 0)).isEqualTo(-1);
        assertThat(Search.last(text, "b" + "a".repeat(9_999), text.length())).isEqualTo(-1);
    }

    private static String letters(Random random, int n) {
        StringBuilder s = new StringBuilder();
        for (int i = 0; i < n; i++) {
            s.append(random.nextInt(20) == 0 ? 'b' : 'a');
        }
        return s.toString();
    }
}
