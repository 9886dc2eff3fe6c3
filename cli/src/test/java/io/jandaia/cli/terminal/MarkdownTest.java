package io.jandaia.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What Markdown looks like, in 40 columns; styles are written as {code} before and {} after. */
@Timeout(30)
class MarkdownTest {

    private static String show(String markdown, int columns, int... cuts) {
        StringBuilder out = new StringBuilder();
        Markdown m = new Markdown(out::append, () -> columns);
        int from = 0;
        for (int cut : cuts) {
            m.write(markdown.substring(from, cut));
            from = cut;
        }
        m.write(markdown.substring(from));
        m.finish();
        return out.toString();
    }

    private static String styled(String markdown) {
        return show(markdown, 40).replace("\033[0m", "{}").replaceAll("\033\\[([0-9;]*)m", "{$1}");
    }

    private static String bare(String markdown, int columns) {
        return show(markdown, columns).replaceAll("\033\\[[0-9;]*m", "");
    }

    @Test
    void spansAreStyledAndTheirMarksAreGone() {
        Map<String, String> looks = Map.of(
                "a **b** c", "a {1}b{} c\n",
                "*i* and _j_", "{3}i{} and {3}j{}\n",
                "use `x * y`!", "use {36}x{}{36} {}{36}*{}{36} {}{36}y{}!\n",
                "~~no~~", "{9}no{}\n",
                "[site](https://x.org)", "{4}site{}{2} {}{2}(https://x.org){}\n",
                "5 * 3 * 2 = 30", "5 * 3 * 2 = 30\n",
                "snake_case_name", "snake_case_name\n",
                "**open", "**open\n",
                "\\*no\\*", "*no*\n",
                "***both***", "{1;3}both{}\n");
        looks.forEach(
                (markdown, look) -> assertThat(styled(markdown)).as(markdown).isEqualTo(look));
    }

    @Test
    void blocksHaveTheirLooks() {
        assertThat(styled("# Title\n\ntext")).isEqualTo("{4;1;36}Title{}\n\ntext\n");
        assertThat(styled("- one\n- two")).isEqualTo("• one\n• two\n");
        assertThat(styled("1. one\n2) two")).isEqualTo("1. one\n2) two\n");
        assertThat(styled("> said")).isEqualTo("{2}▌ {}said\n");
        assertThat(styled("```java\nint  x;\n\n**y**\n```\nend"))
                .isEqualTo("{2}┌ java{}\n{2}│ {}int  x;\n{2}│ {}\n{2}│ {}**y**\n{2}└{}\nend\n");
        assertThat(bare("---", 40)).isEqualTo("─".repeat(40) + "\n");
        assertThat(bare("```\nopen", 40)).isEqualTo("┌\n│ open\n└\n");
        assertThat(styled("<think>\nhm\n</think>\n\nYes")).isEqualTo("{2}hm{}\n\nYes\n");
    }

    @Test
    void wordsWrapWithTheIndentOfTheirLine() {
        assertThat(bare("one two three four", 9)).isEqualTo("one two\nthree\nfour\n");
        assertThat(bare("- one two three", 9)).isEqualTo("• one two\n  three\n");
        assertThat(bare("> one two three", 9)).isEqualTo("▌ one two\n▌ three\n");
        assertThat(bare("abcdefghijkl", 5)).isEqualTo("abcde\nfghij\nkl\n");
        assertThat(bare("```\nabcdefghij\n```", 6)).isEqualTo("┌\n│ abcd\n│ efgh\n│ ij\n└\n");
    }

    @Test
    void wideCharactersTakeTwoColumns() {
        assertThat(bare("中文字符测试", 5)).isEqualTo("中文\n字符\n测试\n");
        assertThat(bare("中文字，符", 6)).isEqualTo("中文\n字，符\n"); // a comma begins no line
        assertThat(bare("a🦜b 🦜🦜", 5)).isEqualTo("a🦜b\n🦜🦜\n");
        assertThat(bare("e\u0301e\u0301e\u0301 e\u0301e\u0301", 3))
                .isEqualTo("e\u0301e\u0301e\u0301\ne\u0301e\u0301\n");
    }

    @Test
    void tablesAreAsWideAsTheirCellsOrTheTerminal() {
        String table = "| Name | n |\n|:--|--:|\n| **Ara** | 1 |\n| 中文 | 10 |\n\nend";
        assertThat(bare(table, 40)).isEqualTo("Name │  n\n─────┼───\nAra  │  1\n中文 │ 10\n\nend\n");
        assertThat(bare("|a|b|\n|-|-|\n|one two three|x|\n", 13))
                .isEqualTo("a         │ b\n──────────┼──\none two   │ x\nthree     │ \n");
        assertThat(bare("| no | table\nhere", 40)).isEqualTo("| no | table\nhere\n");
    }

    @Test
    void controlCharactersAreShownAndNotObeyed() {
        String evil = "a\033]52;c;ZXZpbA==\007b\033[2Jc\u009b1md\re\u0000";
        for (String around :
                new String[] {"%s", "`%s`", "**%s**", "- %s", "```\n%s\n```", "| %s |\n|-|\n| %s |", "<think>%s"}) {
            String out = show(around.replace("%s", evil), 40);
            assertThat(out.replaceAll("\033\\[[0-9;]*m", ""))
                    .as(around)
                    .contains("␛")
                    .matches("[^\\x00-\\x09\\x0b-\\x1f\\x7f-\\x9f]*");
        }
        assertThat(show("a\r\nb\rc", 40, 2)).isEqualTo("a\nb␍c\n");
    }

    @Test
    void howTheTextArrivesDoesNotMatter() {
        String all =
                "# T\n\nSome **bold** and *it* `code` [l](u) 中文 🦜.\n\n- a\n  - b **c**\n\n1. x\n\n> q\n> r\n\n```py\ndef f():\n"
                        + "\tpass\n```\n\n| a | b |\n|---|:-:|\n| 1 | 2 |\n\n---\nend * x _ y ` z [ w ! ~";
        String whole = show(all, 30);
        Random random = new Random(5);
        for (int round = 0; round < 300; round++) {
            int[] cuts = random.ints(1 + random.nextInt(60), 0, all.length() + 1)
                    .sorted()
                    .toArray();
            assertThat(show(all, 30, cuts)).isEqualTo(whole);
        }
    }

    @Test
    void whatIsShownIsNeverTakenBack() {
        StringBuilder out = new StringBuilder();
        Markdown m = new Markdown(out::append, () -> 40);
        m.write("Hello **wor");
        assertThat(out.toString()).isEqualTo("Hello");
        m.write("ld** and");
        assertThat(out.toString()).startsWith("Hello ").contains("world");
        m.finish();
        assertThat(out).doesNotContain("\r").doesNotContain("\033[K");
    }

    @Test
    void strangeInputTakesLittleTime() {
        for (String s :
                new String[] {"*a ", "-", "- ", "`", "[", "|", "|-", "#", ">", "_", "~~a", "[a](", "<think>", "    "}) {
            StringBuilder out = new StringBuilder();
            Markdown m = new Markdown(out::append, () -> 10);
            String long_ = s.repeat(20_000 / s.length());
            for (int i = 0; i < long_.length(); i += 50) {
                m.write(long_.substring(i, Math.min(long_.length(), i + 50)));
            }
            m.finish();
            assertThat(out).isNotEmpty();
        }
    }

    @Test
    void aPipeGetsEveryByteAndATerminalWithoutStylesNoCodes() {
        StringBuilder pipe = new StringBuilder();
        AnswerWriter.of(Tty.NONE, pipe::append).write("**a**\033[1m\r\n");
        assertThat(pipe.toString()).isEqualTo("**a**\033[1m\r\n");
        StringBuilder plain = new StringBuilder();
        AnswerWriter.of(new Tty(true, true, false, () -> 40), plain::append).write("**a**\033[1m");
        assertThat(plain.toString()).isEqualTo("**a**␛[1m");
        assertThat(Tty.styles(Map.of("TERM", "xterm"))).isTrue();
        assertThat(Tty.styles(Map.of("TERM", "xterm", "NO_COLOR", "1"))).isFalse();
        assertThat(Tty.styles(Map.of("TERM", "dumb"))).isFalse();
        assertThat(Tty.styles(Map.of())).isFalse();
    }
}
