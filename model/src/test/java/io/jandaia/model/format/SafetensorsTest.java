package io.jandaia.model.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.jandaia.error.JandaiaException;
import io.jandaia.error.JandaiaException.Kind;
import io.jandaia.tensor.ElementType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsTest {

    @TempDir
    Path dir;

    Path file;

    @BeforeEach
    void place() {
        file = dir.resolve("model.safetensors");
    }

    @Test
    void readsWhatWasWritten() {
        new SafetensorsBytes()
                .metadata("format", "pt")
                .add("a.weight", new long[] {2, 3}, 1, 2, 3, 4, 5, 6)
                .add("scalar", new long[] {}, 7)
                .add("none", new long[] {0, 8})
                .add("mask", "BOOL", new long[] {3}, new byte[] {1, 0, 1})
                .write(file);
        try (ModelFile m = ModelFile.open(file)) {
            assertThat(m).isInstanceOf(Safetensors.class);
            assertThat(m.tensors().keySet()).containsExactly("a.weight", "scalar", "none", "mask");
            assertThat(m.tensor("a.weight").shape()).containsExactly(2, 3);
            assertThat(m.tensor("a.weight").toFloats()).containsExactly(1, 2, 3, 4, 5, 6);
            assertThat(m.tensor("scalar").toFloats()).containsExactly(7);
            assertThat(m.tensor("none").toFloats()).isEmpty();
            assertThat(m.tensor("mask").type()).isEqualTo(ElementType.BOOL);
            assertThat(m.metadata()).containsOnlyKeys("format").containsEntry("format", "pt");
            assertThat(m.bytes()).isEqualTo(file.toFile().length());
            JandaiaException e = catchThrowableOfType(JandaiaException.class, () -> m.tensor("b"));
            assertThat(e.kind()).isEqualTo(Kind.NOT_FOUND);
            assertThat(e).hasMessageContaining("'b'").hasMessageContaining("4 tensors");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "F64,8",
        "F32,4",
        "F16,2",
        "BF16,2",
        "I64,8",
        "I32,4",
        "I16,2",
        "I8,1",
        "U64,8",
        "U32,4",
        "U16,2",
        "U8,1",
        "F8_E4M3,1",
        "F8_E5M2,1",
        "BOOL,1"
    })
    void knowsEveryTypeAndItsSize(String dtype, int size) {
        new SafetensorsBytes()
                .add("x", dtype, new long[] {3}, new byte[3 * size])
                .write(file);
        try (ModelFile m = ModelFile.open(file)) {
            assertThat(m.tensor("x").type().name()).isEqualTo(dtype);
            assertThat(m.tensor("x").data().byteSize()).isEqualTo(3L * size);
        }
        new SafetensorsBytes()
                .add("x", dtype, new long[] {3}, new byte[3 * size + 1])
                .write(file);
        refused(Kind.FORMAT, "tensor 'x'");
    }

    @Test
    void aTypeThatCannotBeReadIsRefusedWhenAskedFor() {
        new SafetensorsBytes()
                .add("good", new long[] {1}, 5)
                .add("fp4", "F4", new long[] {4}, new byte[2])
                .add("new", "F3_X", new long[] {4}, new byte[7])
                .write(file);
        try (ModelFile m = ModelFile.open(file)) {
            assertThat(m.tensor("good").toFloats()).containsExactly(5);
            assertThat(m.unsupported()).containsEntry("fp4", "F4").containsEntry("new", "F3_X");
            JandaiaException e = catchThrowableOfType(JandaiaException.class, () -> m.tensor("new"));
            assertThat(e.kind()).isEqualTo(Kind.UNSUPPORTED);
            assertThat(e).hasMessageContaining("'new'").hasMessageContaining("F3_X");
        }
    }

    @Test
    void headerMayBePaddedWithSpaces() throws IOException {
        SafetensorsBytes w = new SafetensorsBytes().add("x", new long[] {1}, 1);
        Files.write(file, w.bytes(w.header() + "     "));
        try (ModelFile m = ModelFile.open(file)) {
            assertThat(m.tensor("x").toFloats()).containsExactly(1);
        }
    }

    /** Headers over eight bytes of data. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'x':{'dtype':'F32','shape':[2],'data_offsets':[0,4]}} | needs 8",
                "{'x':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}} | not the end of the file",
                "{'x':{'dtype':'F32','shape':[1],'data_offsets':[4,8]}} | neither holes",
                "{'x':{'dtype':'F32','shape':[2],'data_offsets':[8,0]}} | data_offsets",
                "{'x':{'dtype':'F32','shape':[3],'data_offsets':[0,12]}} | 8 bytes follow",
                "{'x':{'dtype':'F32','shape':[2],'data_offsets':[0,8]},'y':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}} | overlaps",
                "{'x':{'dtype':'F32','shape':[2],'data_offsets':[0,8]},'y':{'dtype':'F32','shape':[1],'data_offsets':[4,8]}} | overlaps",
                "{'x':{'dtype':'F32','shape':[2],'data_offsets':[0,8]},'x':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}} | uplicate",
                "{'x':{'dtype':'F32','dtype':'F32','shape':[2],'data_offsets':[0,8]}} | uplicate",
                "{'x':{'dtype':'F32','shape':[-2],'data_offsets':[0,8]}} | negative",
                "{'x':{'dtype':'F32','shape':[2.0],'data_offsets':[0,8]}} | fraction",
                "{'x':{'dtype':'F32','shape':[9223372036854775807,4],'data_offsets':[0,8]}} | more than 2^60",
                "{'x':{'dtype':'F32','shape':[4611686018427387904,4],'data_offsets':[0,8]}} | more than 2^60",
                "{'x':{'dtype':'F32','shape':[99999999999999999999999],'data_offsets':[0,8]}} | range",
                "{'x':{'dtype':'F32','shape':[2],'data_offsets':[0,18446744073709551615]}} | range",
                "{'x':{'dtype':'F32','shape':[2],'data_offsets':[0,8,9]}} | two data_offsets",
                "{'x':{'dtype':'F32','shape':[2],'data_offsets':[8]}} | two data_offsets",
                "{'x':{'dtype':'F32','shape':[2]}} | needs dtype",
                "{'x':{'dtype':32,'shape':[2],'data_offsets':[0,8]}} | expected a string",
                "{'x':{'dtype':'F32','shape':[2],'data_offsets':[0,8],'quant':1}} | unknown field",
                "{'x':[]} | expected an object",
                "{'x':null} | expected an object",
                "{'__metadata__':{'a':1},'x':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}} | expected a string",
                "{'x':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}}{} | after the end",
                "{'x':{'dtype':'F32','shape':[2],'data_offsets':[0,8]} | nd-of-input",
                "{'x':{'dtype':'F32','shape':[2],'data_offsets':[0,8]},} | JSON",
                "{/* comment */} | comment",
                "{} | not the end of the file"
            })
    void refusesAWrongHeader(String header, String says) throws IOException {
        SafetensorsBytes w = new SafetensorsBytes().add("x", new long[] {2}, 1, 2);
        Files.write(file, w.bytes(header.strip().replace('\'', '"')));
        refused(Kind.FORMAT, says.strip());
    }

    @Test
    void refusesDeepNestingAndLongNames() throws IOException {
        SafetensorsBytes w = new SafetensorsBytes().add("x", new long[] {2}, 1, 2);
        Files.write(file, w.bytes("{\"x\":" + "[".repeat(1_000_000)));
        refused(Kind.FORMAT, "expected an object");
        Files.write(
                file,
                w.bytes("{\"x\":{\"dtype\":\"F32\",\"shape\":[" + "1,".repeat(1000) + "1],\"data_offsets\":[0,4]}}"));
        refused(Kind.FORMAT, "too many numbers");
        Files.write(file, w.bytes(w.header().replace("x", "x".repeat(5000))));
        refused(Kind.FORMAT, "ame");
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 1000, 1L << 40, 1L << 60, Long.MAX_VALUE, Long.MIN_VALUE, -1})
    void refusesAHeaderLengthBeyondTheFile(long length) throws IOException {
        byte[] bytes = new SafetensorsBytes().add("x", new long[] {2}, 1, 2).bytes();
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(0, length);
        Files.write(file, bytes);
        refused(Kind.FORMAT, "header length at byte 0");
    }

    @Test
    void refusesEveryTruncation() throws IOException {
        byte[] bytes = new SafetensorsBytes()
                .metadata("format", "pt")
                .add("a", new long[] {2}, 1, 2)
                .add("b", new long[] {1}, 3)
                .bytes();
        for (int n = 0; n < bytes.length; n++) {
            Files.write(file, Arrays.copyOf(bytes, n));
            refused(Kind.FORMAT, "");
        }
    }

    @Test
    void refusesTextThatIsNotUtf8() throws IOException {
        byte[] bytes = new SafetensorsBytes().add("xy", new long[] {2}, 1, 2).bytes();
        bytes[10] = (byte) 0xC3;
        Files.write(file, bytes);
        refused(Kind.FORMAT, "UTF-8");
    }

    @Test
    void theOffsetOfASyntaxErrorCountsBytes() throws IOException {
        SafetensorsBytes w = new SafetensorsBytes().add("é€𝄞", new long[] {2}, 1, 2);
        String header = w.header();
        Files.write(file, w.bytes(header.replace("\"F32\"", "F32")));
        // 8 bytes of length, {", 2 + 3 + 4 bytes of name, ":{"dtype":
        refused(Kind.FORMAT, "at byte " + (8 + 2 + 9 + 11));
    }

    // ---- sharded

    private Path shards(String index) throws IOException {
        new SafetensorsBytes().add("a", new long[] {1}, 1).write(dir.resolve("s1.safetensors"));
        new SafetensorsBytes()
                .add("b", new long[] {1}, 2)
                .add("extra", new long[] {1}, 3)
                .write(dir.resolve("s2.safetensors"));
        file = dir.resolve("model.safetensors.index.json");
        return Files.writeString(file, index.replace('\'', '"'));
    }

    @Test
    void shardsReadAsOne() throws IOException {
        shards("{'metadata':{'total_size':8},'weight_map':{'a':'s1.safetensors','b':'s2.safetensors'}}");
        try (ModelFile m = ModelFile.open(file)) {
            assertThat(m.tensors().keySet()).containsExactly("a", "b", "extra");
            assertThat(m.tensor("b").toFloats()).containsExactly(2);
            assertThat(m.bytes())
                    .isEqualTo(dir.resolve("s1.safetensors").toFile().length()
                            + dir.resolve("s2.safetensors").toFile().length());
        }
    }

    @Test
    void ofTwoTensorsOfOneNameTheIndexSaysWhich() throws IOException {
        shards("{'weight_map':{'a':'s1.safetensors','b':'s2.safetensors','extra':'s1.safetensors'}}");
        new SafetensorsBytes()
                .add("a", new long[] {1}, 1)
                .add("extra", new long[] {1}, 9)
                .write(dir.resolve("s1.safetensors"));
        try (ModelFile m = ModelFile.open(file)) {
            assertThat(m.tensor("extra").toFloats()).containsExactly(9);
        }
        shards("{'weight_map':{'a':'s1.safetensors','b':'s2.safetensors'}}");
        new SafetensorsBytes()
                .add("a", new long[] {1}, 1)
                .add("extra", new long[] {1}, 9)
                .write(dir.resolve("s1.safetensors"));
        refused(Kind.FORMAT, "'extra' is also in another file");
    }

    @Test
    void refusesWrongIndexes() throws IOException {
        shards("{'weight_map':{'a':'s1.safetensors','b':'s3.safetensors','c':'s4.safetensors'}}");
        refused(Kind.NOT_FOUND, "s3.safetensors, s4.safetensors");
        shards("{'weight_map':{'a':'s1.safetensors','b':'s1.safetensors'}}");
        refused(Kind.FORMAT, "tensor 'b' is in s1.safetensors, but it is not");
        for (String bad :
                List.of("../s1.safetensors", "/etc/passwd", "sub/s1", "..", ".", "", "c:\\\\x", "a\\u0000b")) {
            shards("{'weight_map':{'a':'" + bad + "'}}");
            refused(Kind.FORMAT, "the name of a file beside it");
        }
        for (String bad : List.of("{}", "{'weight_map':[]}", "{'weight_map':{}}", "{'weight_map':null}")) {
            shards(bad);
            refused(Kind.FORMAT, "weight_map");
        }
        shards("{'weight_map':{'a':7}}");
        refused(Kind.FORMAT, "no string");
        shards("{'weight_map':{'a':'s1.safetensors','a':'s2.safetensors'}}");
        refused(Kind.FORMAT, "uplicate");
        shards("{'weight_map':{'a':'model.safetensors.index.json'}}");
        refused(Kind.FORMAT, "expected a safetensors file");
        shards("{'weight_map':" + "{'a':".repeat(100_000));
        refused(Kind.FORMAT, "epth");
    }

    private void refused(Kind kind, String says) {
        JandaiaException e = catchThrowableOfType(JandaiaException.class, () -> {
            try (ModelFile m = Safetensors.open(file)) {
                assertThat(m.tensors()).as("should have been refused").isNull();
            }
        });
        assertThat(e).hasMessageContaining(says).hasMessageContaining(dir.toString());
        assertThat(e.kind()).as(e.getMessage()).isEqualTo(kind);
        assertThat(e.getMessage()).doesNotContain("\n").hasSizeLessThan(1000);
    }
}
