package io.jandaia.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.text.Normalizer.Form;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TextNormalizerTest {

    private static String apply(TextNormalizer normalizer, String text) {
        return normalizer.normalize(new Text(text, 0)).chars();
    }

    /** Facts of the tokenizers library 0.23, where the Java runtime's tables say otherwise. */
    @Test
    void tablesOfTheLibrary() {
        var accents = new TextNormalizer.StripAccents();
        assertThat(apply(accents, "a\u0301b\u1CF2c")).isEqualTo("abc");
        assertThat(apply(accents, "a\u07FDb\u1715")).isEqualTo("a\u07FDb\u1715");
        var compatible = new TextNormalizer.Canonical(Form.NFKC);
        assertThat(apply(compatible, "\u32FE\u32FF\uA7F2")).isEqualTo("\u30F2\u32FF\uA7F2");
        // A mark without a known class stays where it is and keeps what follows from composing.
        assertThat(apply(new TextNormalizer.Canonical(Form.NFC), "e\u1AC0\u0301"))
                .isEqualTo("e\u1AC0\u0301");
        assertThat(apply(new TextNormalizer.Canonical(Form.NFD), "e\u0301\u1AC0"))
                .isEqualTo("e\u0301\u1AC0");
        assertThat(apply(new TextNormalizer.Lowercase(), "\uA7CE\uD81B\uDEA0X")).isEqualTo("\uA7CF\uD81B\uDEBBx");
        assertThat(CharSet.isNumber(0x11DE0)).isTrue();
        assertThat(CharSet.isPunctuation(0x111C9)).isTrue();
        assertThat(CharSet.isOnigurumaWord(0xBD)).isTrue();
        assertThat(CharSet.isOnigurumaWord(0x2074)).isFalse();
        assertThat(CharSet.isOnigurumaWord(0x24B6)).isTrue();
    }

    @Test
    void onePassOfBertEqualsItsSteps() {
        long seed = new Random().nextLong();
        System.out.println("BERT clean-up, seed " + seed);
        var random = new Random(seed);
        int[] first = {
            0x20, 0x61, 0x41, 0, 0x7F, 0xC0, 0x300, 0x316, 0x5B0, 0x200B, 0xAC00, 0x1160, 0x4E00, 0x1D165, 0x130
        };
        for (int round = 0; round < 20_000; round++) {
            var text = new StringBuilder();
            for (int n = random.nextInt(12); n > 0; n--) {
                int c = random.nextInt(8) == 0
                        ? random.nextInt(0x20000)
                        : first[random.nextInt(first.length)] + random.nextInt(8);
                if (c < 0xD800 || c > 0xDFFF) text.appendCodePoint(c);
            }
            var normalizer = new BertNormalizer(
                    random.nextInt(4) > 0, random.nextBoolean(), random.nextInt(4) > 0, random.nextBoolean());
            var input = new Text(text.toString(), 0);
            Text got = normalizer.normalize(input);
            Text want = normalizer.steps(input);
            assertThat(got.chars()).as("%s", text).isEqualTo(want.chars());
            for (int i = 0; i < want.length(); i++) {
                assertThat(got.start(i)).as("start %d of %s", i, text).isEqualTo(want.start(i));
                assertThat(got.end(i)).as("end %d of %s", i, text).isEqualTo(want.end(i));
            }
        }
    }
}
