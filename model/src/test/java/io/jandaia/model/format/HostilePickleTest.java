package io.jandaia.model.format;

import static org.assertj.core.api.Assertions.assertThat;

import io.jandaia.error.JandaiaException;
import io.jandaia.error.JandaiaException.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Consumer;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Pickles and archives that want to run something, to exhaust something or to be read in two ways: all are refused. */
@Timeout(20)
class HostilePickleTest {

    private static final int DICT = PickleCode.EMPTY_DICT;

    @TempDir
    Path dir;

    @ParameterizedTest
    @CsvSource({
        "os, system",
        "posix, system",
        "nt, system",
        "builtins, eval",
        "builtins, exec",
        "builtins, compile",
        "builtins, __import__",
        "builtins, getattr",
        "builtins, open",
        "__builtin__, eval",
        "subprocess, Popen",
        "subprocess, check_output",
        "pty, spawn",
        "commands, getoutput",
        "webbrowser, open",
        "runpy, _run_code",
        "runpy, run_path",
        "pip, main",
        "pip._internal.cli.main, main",
        "importlib, import_module",
        "timeit, timeit",
        "code, InteractiveInterpreter",
        "bdb, Bdb",
        "pdb, run",
        "shutil, rmtree",
        "socket, socket",
        "urllib.request, urlopen",
        "ctypes, CDLL",
        "functools, partial",
        "operator, attrgetter",
        "operator, methodcaller",
        "copyreg, add_extension",
        "copyreg, _reconstructor",
        "pickle, loads",
        "_pickle, loads",
        "marshal, loads",
        "types, CodeType",
        "numpy.core.multiarray, _reconstruct",
        "numpy.testing._private.utils, runstring",
        "torch, load",
        "torch.serialization, load",
        "torch.storage, _load_from_bytes",
        "torch.hub, load",
        "torch, FloatTensor",
        "torch._utils, _rebuild_wrapper_subclass",
        "torch._utils, _rebuild_tensor_v2.__globals__",
        "torch._dynamo.guards, GuardBuilder.get",
        "torch.utils.cpp_extension, load_inline",
        "collections, OrderedDict.__init__",
        "__main__, Model",
        "java.lang.Runtime, getRuntime"
    })
    void namesThatRunSomethingHaveNoMeaning(String module, String name) throws IOException {
        PickleWriter asProtocol2 = new PickleWriter()
                .proto(2)
                .global(module, name)
                .text("touch /tmp/owned")
                .op(PickleCode.TUPLE1, PickleCode.REDUCE);
        refusedInEveryFormat(Kind.UNSUPPORTED, asProtocol2.stop(), "'" + module + "." + name + "'", "byte ");
        PickleWriter asProtocol4 = new PickleWriter()
                .proto(4)
                .text(module)
                .text(name)
                .op(PickleCode.STACK_GLOBAL)
                .text("touch /tmp/owned")
                .op(PickleCode.TUPLE1, PickleCode.REDUCE);
        refusedInEveryFormat(Kind.UNSUPPORTED, asProtocol4.stop(), "'" + module + "." + name + "'", "Nothing of it");
    }

    @Test
    void operationsThatMakeObjectsAreRefusedByName() throws IOException {
        unsupported("INST", w -> w.op('(').text("id").op('i').raw("os\nsystem\n"));
        unsupported("OBJ", w -> w.op('(').global("collections", "OrderedDict").op('o'));
        unsupported("NEWOBJ (", w -> w.global("collections", "OrderedDict").op(')', 0x81));
        unsupported("NEWOBJ_EX", w -> w.global("collections", "OrderedDict").op(')', DICT, 0x92));
        unsupported("EXT1", w -> w.op(0x82, 1));
        unsupported("EXT2", w -> w.op(0x83, 1, 0));
        unsupported("EXT4", w -> w.op(0x84).i32(1));
        unsupported("PERSID", w -> w.op('P').raw("http://example.org\n"));
        unsupported("NEXT_BUFFER", w -> w.op(0x97));
        unsupported("READONLY_BUFFER", w -> w.op(0x98));
        unsupported("STRING of protocol 0", w -> w.op('S').raw("'x'\n"));
        unsupported("GET of protocol 0", w -> w.op('g').raw("0\n"));
    }

    @Test
    void whatIsAllowedCannotBeTurnedIntoMore() throws IOException {
        unsupported(
                "state of an object",
                w -> w.global("collections", "OrderedDict")
                        .op(DICT)
                        .text("__setstate__")
                        .global("torch", "Size")
                        .op(PickleCode.SETITEM, PickleCode.BUILD));
        unsupported("state of an object", w -> w.text("x").op(DICT, PickleCode.BUILD));
        unsupported("state of an object", w -> w.op(PickleCode.EMPTY_LIST, DICT, PickleCode.BUILD));
        unsupported("calls 'x'", w -> w.text("x").op(')', PickleCode.REDUCE));
        unsupported("calls", w -> w.global("torch", "FloatStorage").op(')', PickleCode.REDUCE));
        unsupported("calls", w -> w.global("torch", "float32").op(')', PickleCode.REDUCE));
        unsupported("calls", w -> w.op(DICT, ')', PickleCode.REDUCE));
        unsupported("calls", w -> w.global("torch._utils", "_rebuild_parameter").op(')', PickleCode.REDUCE));
        unsupported(
                "calls",
                w -> w.global("torch._tensor", "_rebuild_from_type_v2")
                        .global("torch._tensor", "_rebuild_from_type_v2")
                        .op(PickleCode.NONE, ')', PickleCode.TUPLE2, PickleCode.REDUCE));
        unsupported("outside of the pickle", w -> w.text("/etc/passwd").op(PickleCode.BINPERSID));
        unsupported(
                "outside of the pickle",
                w -> w.op('(')
                        .text("module")
                        .global("torch", "FloatStorage")
                        .text("0")
                        .text("cpu")
                        .integer(1)
                        .op(PickleCode.TUPLE, PickleCode.BINPERSID));
        damaged("names something", w -> w.integer(1).integer(2).op(PickleCode.STACK_GLOBAL));
    }

    @Test
    void viewsOutsideOfTheirStorageAreRefused() throws IOException {
        for (int[][] view : new int[][][] {
            {{2}, {5}, {1}},
            {{4}, {1}, {1}},
            {{0}, {2, 3}, {3, 1}},
            {{0}, {2}, {4}},
            {{-1}, {1}, {1}},
            {{0}, {-2}, {1}},
            {{0}, {2}, {-1}},
            {{0}, {2, 2}, {1}},
            {{0}, {Integer.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE, 4}, {1, 1, 1, 1}},
            {{0}, {2, 2, 2}, {Integer.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE}}
        }) {
            byte[] pickle = new PickleWriter()
                    .proto(2)
                    .op(DICT)
                    .text("w")
                    .tensor("0", 4, view[0][0], view[1], view[2])
                    .op(PickleCode.SETITEM)
                    .stop();
            refused(Kind.UNSUPPORTED, zip(pickle), "_rebuild_tensor_v2");
        }
        byte[] repeated = new PickleWriter()
                .proto(2)
                .op(DICT)
                .text("w")
                .tensor("0", 4, 0, new int[] {1 << 30, 1 << 20}, new int[] {0, 0})
                .op(PickleCode.SETITEM)
                .stop();
        refused(Kind.FORMAT, zip(repeated), "repeats its numbers");
        byte[] more = new PickleWriter()
                .proto(2)
                .op(DICT)
                .text("w")
                .tensor("0", 400, 0, new int[] {400}, new int[] {1})
                .op(PickleCode.SETITEM)
                .stop();
        refused(Kind.FORMAT, zip(more), "too few for 400 numbers");
        byte[] other = new PickleWriter()
                .proto(2)
                .op(DICT)
                .text("w")
                .tensor("../../etc/passwd", 4, 0, new int[] {4}, new int[] {1})
                .op(PickleCode.SETITEM)
                .stop();
        refused(Kind.FORMAT, zip(other), "which is not there");
    }

    @Test
    void bombsTakeNoMemoryAndNoTime() throws IOException {
        // Ten levels of tuples that hold the level below ten thousand times; as a value, a key and a name of something.
        PickleWriter laughs = new PickleWriter().proto(4).text("ha");
        for (int level = 0; level < 60; level++) {
            laughs.op(PickleCode.MEMOIZE, PickleCode.POP, PickleCode.MARK);
            for (int i = 0; i < 10_000; i++) {
                laughs.op(PickleCode.BINGET, level);
            }
            laughs.op(PickleCode.TUPLE);
        }
        byte[] tuples = laughs.bytes();
        refused(Kind.UNSUPPORTED, zip(new PickleWriter().raw(tuples).stop()), "a tuple");
        refused(
                Kind.UNSUPPORTED,
                zip(new PickleWriter().raw(tuples).op(PickleCode.BINPERSID).stop()),
                "outside");
        byte[] asKey = new PickleWriter()
                .raw(tuples)
                .op(DICT)
                .op(PickleCode.BINGET, 59, PickleCode.DUP, PickleCode.SETITEM, PickleCode.TUPLE2)
                .stop();
        refused(Kind.UNSUPPORTED, zip(asKey), "a tuple");
        PickleWriter dup = new PickleWriter().proto(2).op(PickleCode.NONE);
        for (int i = 0; i < 2_000_000; i++) {
            dup.op(PickleCode.DUP);
        }
        refused(Kind.FORMAT, zip(dup.stop()), "values on its stack");
        PickleWriter marks = new PickleWriter().proto(2);
        for (int i = 0; i < 2_000_000; i++) {
            marks.op(PickleCode.MARK);
        }
        refused(Kind.FORMAT, zip(marks.stop()), "marks");
        PickleWriter dictionaries = new PickleWriter().proto(2);
        for (int i = 0; i < 3_000_000; i++) {
            dictionaries.op(DICT, PickleCode.POP);
        }
        refused(Kind.FORMAT, zip(dictionaries.stop()), "tuples, lists and dictionaries");
        damaged("has a list as a key", w -> w.op(DICT, PickleCode.EMPTY_LIST, PickleCode.NONE, PickleCode.SETITEM));
        // A list that contains itself, given to OrderedDict over and over.
        PickleWriter copies =
                new PickleWriter().proto(2).op(PickleCode.EMPTY_LIST, PickleCode.BINPUT, 0, PickleCode.MARK);
        for (int i = 0; i < 100_000; i++) {
            copies.op(PickleCode.NONE, PickleCode.NONE, PickleCode.TUPLE2);
        }
        copies.op(PickleCode.APPENDS);
        for (int i = 0; i < 100_000; i++) {
            copies.global("collections", "OrderedDict")
                    .op(PickleCode.BINGET, 0, PickleCode.TUPLE1, PickleCode.REDUCE, PickleCode.POP);
        }
        refused(Kind.UNSUPPORTED, zip(copies.stop()), "OrderedDict");
    }

    @Test
    void absurdLengthsAreRefused() throws IOException {
        damaged("needs 4294967295 bytes", w -> w.op(PickleCode.BINUNICODE).i32(-1));
        damaged(
                "needs 18446744073709551615 bytes",
                w -> w.op(PickleCode.BINUNICODE8).i64(-1));
        damaged(
                "needs 9223372036854775807 bytes",
                w -> w.op(PickleCode.BINBYTES8).i64(Long.MAX_VALUE));
        damaged(
                "needs 9223372036854775807 bytes",
                w -> w.op(PickleCode.BYTEARRAY8).i64(Long.MAX_VALUE));
        damaged("announces", w -> w.op(PickleCode.FRAME).i64(Long.MAX_VALUE));
        damaged("announces", w -> w.op(PickleCode.FRAME).i64(-5));
        damaged("bytes in a number", w -> w.op(PickleCode.LONG4).i32(-1));
        damaged("bytes in a number", w -> w.op(PickleCode.LONG4).i32(Integer.MAX_VALUE));
        damaged(
                "remembered values",
                w -> w.op(PickleCode.NONE, PickleCode.LONG_BINPUT).i32(-1));
        damaged("not remembered", w -> w.op(PickleCode.LONG_BINGET).i32(-1));
        damaged("a name without an end", w -> w.op(PickleCode.GLOBAL).raw("x".repeat(3000)));
        damaged("protocol 9", w -> w.proto(9));
        damaged("no operation", w -> w.op(0xff));
        damaged("where there is none", w -> w.op(PickleCode.POP));
        damaged("where there is none", w -> w.op(PickleCode.TUPLE));
        damaged("where there is none", w -> w.op(PickleCode.NONE, PickleCode.MARK, PickleCode.DUP));
        damaged("values too many", w -> w.op(PickleCode.NONE, PickleCode.NONE));
        damaged("expected a list", w -> w.op(DICT, PickleCode.NONE, PickleCode.APPEND));
        damaged(
                "expected a dictionary",
                w -> w.op(PickleCode.NONE, PickleCode.NONE, PickleCode.NONE, PickleCode.SETITEM));
        damaged("not UTF-8", w -> w.op(PickleCode.SHORT_BINUNICODE, 1, 0xff));
        PickleWriter cut = new PickleWriter().proto(2).op(PickleCode.NONE);
        refused(Kind.FORMAT, zip(cut.bytes()), "where 0 follow");
    }

    @Test
    void archivesThatCanBeReadInTwoWaysAreRefused() throws IOException {
        byte[] pickle = weights();
        byte[] data = new byte[16];
        refused(Kind.FORMAT, archive(z -> z.add("a/data.pkl", pickle).add("b/data.pkl", pickle)), "2 entries");
        refused(Kind.FORMAT, archive(z -> z.add("a/data/0", data)), "0 entries");
        refused(Kind.FORMAT, archive(z -> z.add("a/data.pkl", pickle).add("a/data.pkl", pickle)), "twice");
        refused(Kind.FORMAT, archive(z -> z.add("a/data.pkl", "b/data.pkl", pickle)), "two names");
        for (String name : new String[] {"../data.pkl", "/data.pkl", "a/../../etc/x", "c:\\x", "a\0b"}) {
            refused(Kind.FORMAT, archive(z -> z.add("a/data.pkl", pickle).add(name, data)), "leads elsewhere");
        }
        refused(Kind.FORMAT, changed(e -> e.offset = 0), "two names");
        refused(Kind.FORMAT, changed(e -> e.offset = Integer.MAX_VALUE), "leads to no data");
        refused(Kind.FORMAT, changed(e -> e.size = e.packed = 100_000), "the data ends at byte");
        refused(Kind.FORMAT, changed(e -> e.size = 100_000), "leads to no data");
        refused(Kind.UNSUPPORTED, changed(e -> e.method = 8), "is compressed");
        refused(Kind.UNSUPPORTED, changed(e -> e.flags = 1), "is encrypted");
        ZipWriter overlapping = new ZipWriter().add("a/data.pkl", pickle).add("a/data/0", data);
        overlapping.directory.getFirst().size = overlapping.directory.getFirst().packed = pickle.length + 20L;
        refused(Kind.FORMAT, overlapping.bytes(), "shares bytes");
        ZipWriter absurd = new ZipWriter().add("a/data.pkl", pickle);
        absurd.zip64 = true;
        absurd.directory.getFirst().offset = Long.MAX_VALUE - 5;
        refused(Kind.FORMAT, absurd.bytes(), "leads to no data");
        byte[] whole = archive(z -> z.add("a/data.pkl", pickle).add("a/data/0", data));
        for (int n = 4; n < whole.length; n++) {
            refused(Kind.FORMAT, Arrays.copyOf(whole, n), "");
        }
    }

    @Test
    void otherByteOrdersAndVersionsAreRefused() throws IOException {
        byte[] pickle = weights();
        Consumer<ZipWriter> base = z -> z.add("a/data.pkl", pickle).add("a/data/0", new byte[16]);
        refused(Kind.UNSUPPORTED, archive(base.andThen(z -> z.add("a/byteorder", "big"))), "byte order");
        refused(Kind.UNSUPPORTED, archive(base.andThen(z -> z.add("a/version", "11\n"))), "version '11'");
        refused(Kind.UNSUPPORTED, archive(base.andThen(z -> z.add("a/version", "x"))), "version 'x'");
    }

    private static byte[] weights() {
        return new PickleWriter()
                .proto(2)
                .op(DICT)
                .text("w")
                .tensor("0", 4, 0, new int[] {4}, new int[] {1})
                .op(PickleCode.SETITEM)
                .stop();
    }

    /** A good archive but for its second entry. */
    private static byte[] changed(Consumer<ZipWriter.Entry> change) {
        return archive(z -> {
            z.add("a/data.pkl", weights()).add("a/data/0", new byte[16]);
            change.accept(z.directory.get(1));
        });
    }

    private static byte[] archive(Consumer<ZipWriter> entries) {
        ZipWriter zip = new ZipWriter();
        entries.accept(zip);
        return zip.bytes();
    }

    private static byte[] zip(byte[] pickle) {
        return archive(z -> z.add("a/data.pkl", pickle).add("a/data/0", new byte[16]));
    }

    private void unsupported(String says, Consumer<PickleWriter> operations) throws IOException {
        PickleWriter pickle = new PickleWriter().proto(2);
        operations.accept(pickle);
        refusedInEveryFormat(Kind.UNSUPPORTED, pickle.stop(), says, "Nothing of it was run");
    }

    private void damaged(String says, Consumer<PickleWriter> operations) throws IOException {
        PickleWriter pickle = new PickleWriter().proto(2);
        operations.accept(pickle);
        refused(Kind.FORMAT, zip(pickle.stop()), says);
    }

    /** As the pickle of an archive, as that of a file of before PyTorch 1.6, and alone. */
    private void refusedInEveryFormat(Kind kind, byte[] pickle, String... says) throws IOException {
        refused(kind, zip(pickle), says);
        refused(kind, pickle, says);
        byte[] magic =
                Arrays.copyOf(Files.readAllBytes(Path.of("src/test/resources/golden/torch/protocol2_legacy.bin")), 15);
        PickleWriter legacy = new PickleWriter()
                .raw(magic)
                .proto(2)
                .integer(1001)
                .op(PickleCode.STOP)
                .proto(2)
                .op(DICT, PickleCode.STOP)
                .raw(pickle);
        refused(kind, legacy.bytes(), says);
    }

    private void refused(Kind kind, byte[] bytes, String... says) throws IOException {
        Path file = Files.write(dir.resolve("hostile.bin"), bytes);
        JandaiaException e = Assertions.catchThrowableOfType(
                JandaiaException.class, () -> ModelFile.open(file).close());
        assertThat(e).as("%s", (Object) says).isNotNull();
        assertThat(e).hasMessageContaining(file.toString()).hasMessageContainingAll(says);
        assertThat(e.kind()).as(e.getMessage()).isEqualTo(kind);
    }
}
