package io.jandaia.model.grammar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jandaia.error.JandaiaException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Regular expressions beside the JDK's, GBNF, choices, and JSON. */
class GrammarTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "abc",
                "a|bc|",
                "(ab)*c",
                "a+b?c{2}",
                "a{2,3}",
                "a{2,}b",
                "[a-c]+",
                "[^a-c]*",
                "\\d{1,2}-\\w+",
                "(?:a|b)(c|d)*",
                "^ab$",
                "a.c",
                "\\.\\*",
                "[\\d.]+",
                "[a\\-c]+",
                "(a|aa)+b",
                "(a*)*b",
                "((a|b)?){3}c",
                "\\x61\\u0062",
                "[à-ü]+",
                "\\s?a",
                "a*?b",
                "(?<n>ab)c",
                "é|日本|😀+",
                "\\p{L}+\\d?",
                "[\\p{Lu}\\p{Nd}.]*|\\P{L}{2}",
                "\\p{IsLatin}+",
                "\\cJ?a"
            })
    void anExpressionMatchesWhatTheJdkMatches(String regex) {
        Pattern pattern = Pattern.compile(regex);
        TokenAutomaton a = Bytes.automaton(Grammar.regex(regex.replace("{IsLatin}", "{Script=Latin}")));
        SplittableRandom random = new SplittableRandom(1);
        String letters = "aabbccdx1-.* ]éà日😀_\n";
        int[] points = letters.codePoints().toArray();
        int matches = 0;
        for (int i = 0; i < 4000; i++) {
            StringBuilder text = new StringBuilder();
            for (int n = random.nextInt(7); n > 0; n--) {
                text.appendCodePoint(points[random.nextInt(points.length)]);
            }
            boolean expected = pattern.matcher(text).matches();
            matches += expected ? 1 : 0;
            assertThat(Bytes.fits(a, text.toString())).as("'%s'", text).isEqualTo(expected);
        }
        for (int i = 0; i < 200; i++) {
            String text = Bytes.write(a, random, random.nextInt(12));
            assertThat(pattern.matcher(text).matches()).as("'%s'", text).isTrue();
            matches++;
        }
        assertThat(matches).isPositive();
    }

    @Test
    void rangesOfCharactersAreRangesOfBytes() {
        SplittableRandom random = new SplittableRandom(2);
        for (int i = 0; i < 300; i++) {
            int x = point(random);
            int y = point(random);
            int low = Math.min(x, y);
            int high = Math.max(x, y);
            TokenAutomaton a =
                    Bytes.automaton(new Grammar("range", Map.of("root", new Expression.Characters(low, high)), "root"));
            for (int c : new int[] {low - 1, low, (low + high) / 2, high, high + 1, point(random)}) {
                if (c >= 0 && c <= Character.MAX_CODE_POINT && (c < 0xd800 || c > 0xdfff)) {
                    assertThat(Bytes.fits(a, Character.toString(c)))
                            .as("%x in %x to %x", c, low, high)
                            .isEqualTo(low <= c && c <= high);
                }
            }
        }
    }

    private static int point(SplittableRandom random) {
        int most = List.of(0x80, 0x800, 0x10000, 0x110000).get(random.nextInt(4));
        int c = random.nextInt(most);
        return c >= 0xd800 && c <= 0xdfff ? 0xe000 : c;
    }

    @ParameterizedTest
    @ValueSource(strings = {"(", "a)", "[a", "a{3,2}", "*a", "a{x}", "\\", "[b-a]", "[]a]", "a{1,99999}", "\\xg1"})
    void whatIsNoExpressionIsRefused(String regex) {
        assertThatThrownBy(() -> Grammar.regex(regex))
                .isInstanceOf(JandaiaException.class)
                .hasMessageContaining(regex);
    }

    @ParameterizedTest
    @ValueSource(strings = {"(?=a)b", "(?!a)b", "(?<=a)b", "(a)\\1", "\\bword\\b", "a++", "a^b", "\\p{Thing}"})
    void whatIsNotRegularIsNamed(String regex) {
        assertThatThrownBy(() -> Grammar.regex(regex))
                .isInstanceOfSatisfying(
                        JandaiaException.class, e -> assertThat(e.kind()).isEqualTo(JandaiaException.Kind.UNSUPPORTED));
    }

    @Test
    void grammarsOfLlamaCpp() {
        Grammar g = Grammar.gbnf("""
                # a list of moves
                root ::= (move ws)+ "end"
                move ::= [a-h] [1-8] "-"
                  | "O-O" ("-O")?   # castling
                ws ::= [ \\t\\n]{0,2}
                """);
        for (String yes : List.of("a1-end", "O-O end", "O-O-O\\n".replace("\\n", "\n") + "h8-  end")) {
            assertThat(Bytes.fits(g, yes)).as(yes).isTrue();
        }
        for (String no : List.of("end", "i1-end", "a1-   end", "a1-")) {
            assertThat(Bytes.fits(g, no)).as(no).isFalse();
        }
        Grammar nested = Grammar.gbnf("root ::= \"(\" root? \")\" root?");
        assertThat(Bytes.fits(nested, "(()())")).isTrue();
        assertThat(Bytes.fits(nested, "(()")).isFalse();
        assertThat(Bytes.fits(Grammar.gbnf("root ::= \"\\\"\" [^\"\\\\]{2} \"\\x41\" ."), "\"abA日"))
                .isTrue();
    }

    @Test
    void grammarsThatAreNoneAreToldWhereTheyAreWrong() {
        for (String wrong : List.of(
                "root = \"a\"", "root ::= \"a", "root ::= [a", "root ::= (\"a\"", "x ::= \"a\"", "root ::= b")) {
            assertThatThrownBy(() -> Grammar.gbnf(wrong)).as(wrong).isInstanceOf(JandaiaException.class);
        }
        assertThatThrownBy(() -> Grammar.gbnf("root ::= \"a\"\nb ::= }")).hasMessageContaining("line 2");
        assertThatThrownBy(() -> Grammar.gbnf("root ::= root \"a\" | \"b\""))
                .hasMessageContaining("begins with itself");
        assertThatThrownBy(() -> Grammar.gbnf("root ::= \"a\" root")).hasMessageContaining("never ends");
        assertThatThrownBy(() -> Grammar.gbnf("root ::= (([a-z]{9000}){9000}){9000}"))
                .hasMessageContaining("too large");
    }

    @Test
    void choices() {
        TokenAutomaton a = Bytes.automaton(Grammar.choice(List.of("yes", "no", "not sure")));
        assertThat(List.of("yes", "no", "not sure")).allMatch(t -> Bytes.fits(a, t));
        assertThat(List.of("", "ye", "not", "yess", "noyes")).noneMatch(t -> Bytes.fits(a, t));
        assertThat(Objects.requireNonNull(a.next(a.start(), "yes".getBytes(StandardCharsets.UTF_8)))
                        .complete())
                .isTrue();
    }

    @Test
    void jsonObjects() {
        TokenAutomaton a = Bytes.automaton(Grammar.json());
        List<String> yes = List.of(
                "{}",
                "{\"a\":1}",
                "{\"a\": [1, -2.5e3, \"x\\n\\u00e9\", {}, [], true, null], \"é\": {\"b\": false}}",
                "{\n  \"a\": 1,\n  \"b\": 2\n}");
        assertThat(yes).allMatch(t -> Bytes.fits(a, t));
        List<String> no =
                new ArrayList<>(List.of("", "[]", "1", "{", "{\"a\"}", "{a:1}", "{\"a\":01}", "{\"a\":\"\n\"}"));
        no.add("{\"a\":1,}");
        no.add("{\"a\":\"\\ud800\"}");
        no.add("{}" + " ");
        assertThat(no).noneMatch(t -> Bytes.fits(a, t));
        SplittableRandom random = new SplittableRandom(3);
        for (int i = 0; i < 200; i++) {
            String text = Bytes.write(a, random, 200);
            assertThat(tools.jackson.databind.json.JsonMapper.shared()
                            .readTree(text)
                            .isObject())
                    .as(text)
                    .isTrue();
        }
    }

    @Test
    void textsUntilAndWithoutAnother() {
        SplittableRandom random = new SplittableRandom(3);
        for (String part : List.of("a", "aab", "abab", "ab\u00e9b", "aaaa", "<é>")) {
            TokenAutomaton until =
                    Bytes.automaton(new Grammar("u", Map.of("root", new Expression.Until(part)), "root"));
            TokenAutomaton without =
                    Bytes.automaton(new Grammar("w", Map.of("root", new Expression.Without(part)), "root"));
            for (int i = 0; i < 300; i++) {
                StringBuilder text = new StringBuilder();
                for (int n = random.nextInt(9); n > 0; n--) {
                    text.append("ab\u00e9<>".charAt(random.nextInt(5)));
                }
                text.append(random.nextBoolean() ? part : "");
                String t = text.toString();
                assertThat(Bytes.fits(without, t)).as("%s without %s", t, part).isEqualTo(!t.contains(part));
                assertThat(Bytes.fits(until, t))
                        .as("%s until %s", t, part)
                        .isEqualTo(t.contains(part) && t.indexOf(part) == t.length() - part.length());
            }
        }
    }
}
