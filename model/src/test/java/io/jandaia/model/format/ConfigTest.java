package io.jandaia.model.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.jandaia.error.JandaiaException;
import io.jandaia.error.JandaiaException.Kind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigTest {

    @TempDir
    Path dir;

    private Config json(String text) throws IOException {
        return Config.read(Files.writeString(dir.resolve("config.json"), text.replace('\'', '"')));
    }

    @Test
    void givesTypedValues() throws IOException {
        Config c = json("""
                {'s':'x','i':7,'f':1e-05,'whole':4096.0,'b':true,'n':null,'inf':Infinity,'ninf':-Infinity,'nan':NaN,
                 'huge':1000000000000000019884624838656,'list':[1,2],'one':3,'reals':[1,0.5],'names':['a','b'],
                 'flags':[true,false],'neg':-1,'max':9223372036854775807}""");
        assertThat(c.string("s")).isEqualTo("x");
        assertThat(c.integer("i")).isEqualTo(7);
        assertThat(c.size("i")).isEqualTo(7);
        assertThat(c.number("f")).isEqualTo(1e-5);
        assertThat(c.number("i")).isEqualTo(7);
        assertThat(c.integer("whole")).isEqualTo(4096);
        assertThat(c.integer("max")).isEqualTo(Long.MAX_VALUE);
        assertThat(c.flag("b")).isTrue();
        assertThat(c.number("inf")).isInfinite().isPositive();
        assertThat(c.number("ninf")).isInfinite().isNegative();
        assertThat(c.number("nan")).isNaN();
        assertThat(c.number("huge")).isEqualTo(1e30);
        assertThat(c.integers("list")).containsExactly(1, 2);
        assertThat(c.integers("one")).containsExactly(3);
        assertThat(c.numbers("reals")).containsExactly(1, 0.5);
        assertThat(c.strings("names")).containsExactly("a", "b");
        assertThat(c.strings("s")).containsExactly("x");
        assertThat(c.flags("flags")).containsExactly(true, false);
        assertThat(c.has("n")).isFalse();
        assertThat(c.has("i")).isTrue();
        assertThat(c.keys()).contains("s", "max").doesNotContain("n");
    }

    @Test
    void defaultsStandForAbsentAndNull() throws IOException {
        Config c = json("{'n':null,'x':5}");
        assertThat(c.integer("n", 3)).isEqualTo(3);
        assertThat(c.size("absent", 4)).isEqualTo(4);
        assertThat(c.number("absent", 0.5)).isEqualTo(0.5);
        assertThat(c.string("n", "d")).isEqualTo("d");
        assertThat(c.flag("absent", true)).isTrue();
        assertThat(c.integer("x", 3)).isEqualTo(5);
        assertThat(c.childOrEmpty("absent").integer("y", 9)).isEqualTo(9);
        assertThat(c.anyOf("n", "x", "y")).isEqualTo("x");
        assertThat(c.anyOf("a", "b")).isEqualTo("a");
        refused(() -> c.childOrEmpty("rope").integer("theta"), "'rope.theta'");
        // A default does not hide a wrong value.
        refused(() -> c.string("x", "d"), "'x'", "expected a string", "found the number 5");
    }

    @Test
    void errorsNameFileKeyExpectedAndFound() throws IOException {
        Config c = json(
                "{'s':'x','i':1.5,'z':0,'big':2147483648,'huge':99999999999999999999,'rope':{'t':'y'},'l':[1,'a']}");
        refused(() -> c.integer("absent"), "config.json", "'absent'", "a whole number");
        refused(() -> c.integer("s"), "config.json", "'s'", "a whole number", "the string 'x'");
        refused(() -> c.integer("i"), "'i'", "1.5");
        refused(() -> c.size("z"), "'z'", "from 1 to", "0");
        refused(() -> c.size("big"), "'big'", "2147483648");
        refused(() -> c.integer("huge"), "'huge'", "64 bits", "99999999999999999999");
        refused(() -> c.number("s"), "'s'", "a number");
        refused(() -> c.flag("i"), "'i'", "true or false");
        refused(() -> c.child("s"), "'s'", "an object");
        refused(() -> c.child("rope").number("t"), "'rope.t'", "a number", "'y'");
        refused(() -> c.integers("l"), "'l'", "a list of whole numbers");
        refused(() -> c.strings("l"), "'l'", "a list of strings");
        refused(() -> c.flags("l"), "'l'");
        refused(() -> c.childList("l"), "'l'", "a list of objects");
        refused(() -> c.numbers("rope"), "'rope'");
    }

    @Test
    void knowsWhatNobodyAskedFor() throws IOException {
        Config c = json(
                "{'a':1,'b':2,'n':null,'rope':{'x':1,'y':2},'other':{'z':1},'text_config':{'k':1,'l':2},'parts':[{'p':1,'q':2}]}");
        assertThat(c.unread().keySet()).containsExactly("a", "b", "rope", "other", "text_config", "parts");
        c.integer("a");
        c.has("b");
        c.child("rope").integer("x");
        c.text().integer("l");
        c.childList("parts").getFirst().integer("q");
        c.integer("absent", 1);
        assertThat(c.unread()).containsOnlyKeys("b", "rope.y", "other", "text_config.k", "parts.0.p");
        assertThat(c.unread()).containsEntry("rope.y", 2L);
        c.ignore("b", "other");
        c.child("rope").integer("y");
        assertThat(c.unread()).containsOnlyKeys("text_config.k", "parts.0.p");
    }

    @Test
    void textIsTheConfigItselfWithoutTextConfig() throws IOException {
        Config c = json("{'a':1}");
        assertThat(c.text()).isSameAs(c);
    }

    @Test
    void worksOverGgufMetadata() {
        Config all = Config.of(
                "m.gguf",
                Map.of(
                        "llama.block_count", 3L,
                        "llama.attention.layer_norm_rms_epsilon", 1e-5f,
                        "llama.heads", new long[] {4, 8},
                        "llama.window", new boolean[] {true, false},
                        "llama.scales", new float[] {0.5f},
                        "llama.more", new double[] {0.1},
                        "llama.names", new String[] {"a"},
                        "general.name", "x"));
        Config c = all.section("llama");
        assertThat(c.size("block_count")).isEqualTo(3);
        assertThat((float) c.number("attention.layer_norm_rms_epsilon")).isEqualTo(1e-5f);
        assertThat(c.integers("heads")).containsExactly(4, 8);
        assertThat(c.flags("window")).containsExactly(true, false);
        assertThat(c.numbers("scales")).containsExactly(0.5);
        assertThat(c.numbers("more")).containsExactly(0.1);
        assertThat(c.numbers("heads")).containsExactly(4, 8);
        assertThat(c.strings("names")).containsExactly("a");
        assertThat(c.unread()).isEmpty();
        assertThat(all.unread()).containsOnlyKeys("general.name");
        refused(() -> c.string("block_count"), "m.gguf", "'llama.block_count'");
        assertThat(all.section("qwen2").keys()).isEmpty();
    }

    @Test
    void refusesWhatIsNotStrictJson() throws IOException {
        for (String bad : List.of(
                "",
                "[]",
                "7",
                "{'a':1,}",
                "{'a':1} x",
                "{'a':1,'a':2}",
                "{/* c */'a':1}",
                "{'a':1 // c\n}",
                "{'a':01}",
                "{'a':'x}",
                "{'a':tru}",
                "{a:1}",
                "{'x':" + "[".repeat(100_000),
                "{'x':" + "{'x':".repeat(100_000),
                "{'x':" + "9".repeat(100_000) + "}",
                "{'" + "k".repeat(100_000) + "':1}")) {
            refused(() -> json(bad), "config.json");
        }
        byte[] wrong = "{\"a\":\"..\"}".getBytes(StandardCharsets.UTF_8);
        wrong[6] = (byte) 0xFF;
        Files.write(dir.resolve("config.json"), wrong);
        refused(() -> Config.read(dir.resolve("config.json")), "UTF-8");
        byte[] spaces = new byte[17 << 20];
        Arrays.fill(spaces, (byte) ' ');
        Files.write(dir.resolve("config.json"), spaces);
        refused(() -> Config.read(dir.resolve("config.json")), "is it the right one?");
        byte[] many = ("{\"a\":[" + "0,".repeat(4_000_001) + "0]}").getBytes(StandardCharsets.UTF_8);
        Files.write(dir.resolve("config.json"), many);
        refused(() -> Config.read(dir.resolve("config.json")), "JSON values");
        JandaiaException e = catchThrowableOfType(JandaiaException.class, () -> Config.read(dir.resolve("none.json")));
        assertThat(e.kind()).isEqualTo(Kind.NOT_FOUND);
    }

    private static void refused(ThrowingCallable call, String... says) {
        JandaiaException e = catchThrowableOfType(JandaiaException.class, call);
        assertThat(e).as("should have been refused: " + Arrays.toString(says)).isNotNull();
        assertThat(e.getMessage()).contains(says).doesNotContain("\n").hasSizeLessThan(1000);
        assertThat(e.kind()).isEqualTo(Kind.FORMAT);
    }
}
