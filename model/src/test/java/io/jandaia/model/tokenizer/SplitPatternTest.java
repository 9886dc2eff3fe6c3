package io.jandaia.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jandaia.error.JandaiaException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SplitPatternTest {

    /** Expressions that mean the same here and in java.util.regex. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
                "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*"
                        + "|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
                "[\\p{Lu}\\p{M}]*[\\p{Ll}\\p{M}]+|[^\\r\\n\\p{L}]?+\\p{L}+",
                "(?:ab|a)+b|(a|b)*?1|a{2,3}(?=b)|(?<!a)b|(?<=1) ",
                "(?=(\\d{3})+(?!\\d))",
                "\\s+\\z|[ab&&[^b]]+|[^ab]",
                "(?>a+)b|a+?|\\d{2}+1|[a\\-1]{2,}",
            })
    void matchesAsJava(String expression) {
        long seed = 21;
        System.out.println("seed " + seed);
        var random = new Random(seed);
        Pattern java = Pattern.compile(expression, Pattern.UNICODE_CHARACTER_CLASS);
        SplitPattern ours = SplitPattern.compile(expression);
        String[] parts = {
            "a", "b", "A", "1", "23", " ", "  ", "\n", "\r\n", "'s", "'LL", "é", "\u0301", "世", "😀", ".", "-",
            "\u00a0", "ſ"
        };
        for (int round = 0; round < 3000; round++) {
            var text = new StringBuilder();
            for (int n = random.nextInt(14); n > 0; n--) text.append(parts[random.nextInt(parts.length)]);
            List<String> expected = new ArrayList<>();
            Matcher matcher = java.matcher(text);
            int last = -1;
            while (matcher.find()) {
                // As in the reference, an empty match right behind a match does not count.
                if (matcher.end() > matcher.start() || matcher.start() != last) expected.add(matcher.group());
                last = matcher.end();
            }
            assertThat(ours.matches(text.toString()))
                    .as("%s in <%s>", expression, text)
                    .isEqualTo(expected);
        }
    }

    @Test
    void endOfTextIsTheEndOfThePiece() {
        SplitPattern.Search search = SplitPattern.compile("\\s+$").search("a  b", 0, 3);
        assertThat(search.find()).isTrue();
        assertThat(search.start).isEqualTo(1);
        assertThat(search.end).isEqualTo(3);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"(a", "[a", "a)", "\\1", "(?<name>a)", "\\p{Odd}", "(?<=ab)c", "*a", "(a*)*", "[[:alpha:]]"})
    void refusesWhatItCannotDo(String expression) {
        assertThatThrownBy(() -> SplitPattern.compile(expression))
                .isInstanceOfSatisfying(
                        JandaiaException.class, e -> assertThat(e.kind()).isEqualTo(JandaiaException.Kind.UNSUPPORTED));
    }
}
