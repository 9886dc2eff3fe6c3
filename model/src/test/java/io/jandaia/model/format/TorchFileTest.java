package io.jandaia.model.format;

import static org.assertj.core.api.Assertions.assertThat;

import io.jandaia.error.JandaiaException;
import io.jandaia.error.JandaiaException.Kind;
import io.jandaia.tensor.ElementType;
import io.jandaia.tensor.StoredTensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.assertj.core.api.Assertions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Checkpoints that PyTorch 2.13 wrote, in every shape that it has, against the tensors that it holds. */
class TorchFileTest {

    private static final Path FILES = Path.of("src/test/resources/golden/torch");
    private static final Path GOLDEN = Path.of("../../shared/golden/models");

    @TempDir
    Path dir;

    @Test
    void tensorsAreThoseThatPyTorchSaved() {
        Map<String, @Nullable Object> expected = Json.readObject(FILES.resolve("expected.json"), 1 << 20);
        assertThat(expected).hasSizeGreaterThan(12);
        expected.forEach((name, tensors) -> {
            try (ModelFile file = ModelFile.open(FILES.resolve(name))) {
                assertThat(file).isInstanceOf(TorchFile.class);
                Map<?, ?> all = (Map<?, ?>) Objects.requireNonNull(tensors);
                assertThat(file.tensors().size() + file.unsupported().size())
                        .as(name)
                        .isEqualTo(all.size());
                all.forEach((tensor, facts) -> check(file, (String) tensor, (Map<?, ?>) facts));
            }
        });
    }

    private static void check(ModelFile file, String name, Map<?, ?> facts) {
        String dtype = Objects.requireNonNull((String) facts.get("dtype"));
        if (file.unsupported().containsKey(name)) {
            assertThat(file.unsupported()).containsEntry(name, dtype);
            assertThat(dtype).isIn("float8_e5m2fnuz", "complex64");
            return;
        }
        StoredTensor tensor = file.tensor(name);
        List<Object> shape = new ArrayList<>();
        for (long d : tensor.shape()) {
            shape.add(d);
        }
        String what = file.path() + " " + name;
        assertThat(shape).as(what).isEqualTo(facts.get("shape"));
        if (!(facts.get("values") instanceof List<?> values)) {
            assertThat(dtype)
                    .startsWith(tensor.type().name().toLowerCase(Locale.ROOT).replace("f8", "float8"));
            return;
        }
        assertThat(tensor.count()).as(what).isEqualTo(values.size());
        for (int i = 0; i < values.size(); i++) {
            assertThat(number(tensor, i)).as(what).isEqualTo((double) Objects.requireNonNull((Double) values.get(i)));
        }
    }

    private static double number(StoredTensor t, long i) {
        MemorySegment d = t.data();
        assertThat(d.byteSize()).isEqualTo(t.type().bytes(t.count()));
        return switch (t.type()) {
            case F64 -> d.get(ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN), 8 * i);
            case I64, U64 -> d.get(ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN), 8 * i);
            case I32, U32 -> d.get(ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN), 4 * i);
            case I16, U16 -> d.get(ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN), 2 * i);
            case I8, U8, BOOL -> d.get(ValueLayout.JAVA_BYTE, i);
            default -> t.toFloats()[(int) i];
        };
    }

    @Test
    void tiedWeightsShareTheirBytes() {
        try (ModelFile file = ModelFile.open(FILES.resolve("protocol2.bin"))) {
            assertThat(file.tensor("wte.weight").data().address())
                    .isEqualTo(file.tensor("lm_head.weight").data().address());
            assertThat(file.notes()).isEmpty();
        }
        try (ModelFile file = ModelFile.open(FILES.resolve("views.bin"))) {
            assertThat(file.tensor("rows").data().address()
                            - file.tensor("whole").data().address())
                    .isEqualTo(6 * 4);
        }
    }

    @Test
    void trainingCheckpointsSayWhereTheirWeightsAre() {
        try (ModelFile file = ModelFile.open(FILES.resolve("training.bin"))) {
            assertThat(file.tensors().keySet()).containsExactly("a.weight", "a.bias");
            assertThat(file.notes()).singleElement().asString().contains("'state_dict'", "training.bin");
        }
    }

    @Test
    void whatIsMoreThanWeightsIsRefusedByName() {
        refused("refused_module.bin", "torch.nn.modules.linear.Linear");
        refused("refused_namespace.bin", "argparse.Namespace");
        refused("refused_sparse.bin", "torch._utils._rebuild_sparse_tensor");
        refused("refused_numpy.bin", "_reconstruct");
        refused("refused_script.bin", "TorchScript");
    }

    private static void refused(String name, String says) {
        JandaiaException e = Assertions.catchThrowableOfType(
                JandaiaException.class,
                () -> ModelFile.open(FILES.resolve(name)).close());
        assertThat(e).hasMessageContaining(says).hasMessageContaining(name);
        assertThat(e.kind()).isEqualTo(Kind.UNSUPPORTED);
    }

    /** Python 2's strings and dictionaries, a view of a part of a storage, {@code _rebuild_tensor}: PyTorch 0.4. */
    @Test
    void readsWhatPyTorchWroteInItsFirstYears() throws IOException {
        PickleWriter value = new PickleWriter()
                .proto(2)
                .global("collections", "OrderedDict")
                .op(PickleCode.EMPTY_LIST)
                .op(PickleCode.SHORT_BINSTRING, 1)
                .raw("w")
                .global("torch._utils", "_rebuild_tensor")
                .op(PickleCode.MARK, PickleCode.MARK)
                .text("storage")
                .global("torch", "FloatStorage")
                .text("77")
                .text("cpu")
                .integer(4)
                .op(PickleCode.MARK)
                .text("view")
                .integer(1)
                .integer(3)
                .op(PickleCode.TUPLE, PickleCode.TUPLE, PickleCode.BINPERSID)
                .integer(1)
                .integers(2)
                .integers(1)
                .op(PickleCode.TUPLE, PickleCode.REDUCE)
                .op(PickleCode.TUPLE2, PickleCode.APPEND, PickleCode.TUPLE1, PickleCode.REDUCE);
        byte[] head = {
            (byte) 0x80,
            2,
            (byte) 0x8a,
            10,
            0x6c,
            (byte) 0xfc,
            (byte) 0x9c,
            0x46,
            (byte) 0xf9,
            0x20,
            0x6a,
            (byte) 0xa8,
            0x50,
            0x19,
            '.'
        };
        PickleWriter file = new PickleWriter()
                .raw(head)
                .proto(2)
                .integer(1001)
                .raw(".")
                .proto(2)
                .op(PickleCode.EMPTY_DICT)
                .text("little_endian")
                .op(PickleCode.NEWTRUE, PickleCode.SETITEM, PickleCode.STOP)
                .raw(value.stop())
                .proto(2)
                .op(PickleCode.EMPTY_LIST)
                .text("77")
                .op(PickleCode.APPEND, PickleCode.STOP)
                .i64(4);
        for (float f : new float[] {1, 2, 3, 4}) {
            file.i32(Float.floatToIntBits(f));
        }
        Path path = Files.write(dir.resolve("old.bin"), file.bytes());
        try (ModelFile old = ModelFile.open(path)) {
            assertThat(old.tensor("w").toFloats()).containsExactly(3, 4);
        }
    }

    @Test
    void readsZip64AndAnyFolderName() throws IOException {
        byte[] pickle = new PickleWriter()
                .proto(2)
                .op(PickleCode.EMPTY_DICT)
                .text("w")
                .tensor("0", 2, 0, new int[] {2}, new int[] {1})
                .op(PickleCode.SETITEM)
                .stop();
        ZipWriter zip = new ZipWriter()
                .add("olá mundo/data.pkl", pickle)
                .add("olá mundo/data/0", new byte[] {0, 0, (byte) 0x80, 0x3f, 0, 0, 0, 0x40})
                .add("olá mundo/version", "3\n");
        zip.zip64 = true;
        try (ModelFile file = ModelFile.open(Files.write(dir.resolve("m.bin"), zip.bytes()))) {
            assertThat(file.tensor("w").toFloats()).containsExactly(1, 2);
            assertThat(file.tensor("w").type()).isEqualTo(ElementType.F32);
            assertThat(file.metadata()).isEmpty();
        }
    }

    @Test
    void aModelSavedTwiceHasTheSameTensors() {
        Path pickle = GOLDEN.resolve("gpt_neox_pickle");
        if (!Files.isDirectory(pickle)) {
            System.out.println("NOT RUN: comparing a PyTorch checkpoint with safetensors needs ../shared/golden");
        }
        Assumptions.assumeTrue(Files.isDirectory(pickle));
        try (ModelFolder torch = ModelFolder.open(pickle);
                ModelFolder reference = ModelFolder.open(GOLDEN.resolve("gpt_neox"))) {
            assertThat(torch.file()).isInstanceOf(TorchFile.class);
            // Of the pickle the program that wrote it called the head by another name.
            reference
                    .file()
                    .tensors()
                    .forEach((name, t) -> assertThat(torch.file()
                                    .tensor(name.equals("embed_out.weight") ? "lm_head.weight" : name)
                                    .toFloats())
                            .as(name)
                            .containsExactly(t.toFloats()));
            assertThat(torch.file().tensors()).hasSameSizeAs(reference.file().tensors());
        }
    }
}
