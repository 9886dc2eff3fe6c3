package io.jandaia.model.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.jandaia.model.arch.RopeSpec;
import io.jandaia.model.nn.TinyDecoder;
import io.jandaia.model.sampling.Dry;
import io.jandaia.model.sampling.Sampling;
import io.jandaia.model.sampling.Setting;
import io.jandaia.model.sampling.Settings;
import io.jandaia.tensor.ElementType;
import io.jandaia.tensor.kernel.KernelSets;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What prompts begin with is there after a restart, or is as if it had never been. */
@Timeout(60)
class PrefixStoreTest {

    private static final long MUCH = 64L << 20;

    @TempDir
    Path folder;

    /** One run of an engine; its notes are what it said of the store. */
    private final class Run implements AutoCloseable {
        private final TinyDecoder tiny;
        private final Engine engine;
        private final @Nullable String note;

        Run(String key, long bytes, long pool, int... windows) {
            tiny = new TinyDecoder(
                    ElementType.F32, windows, KernelSets.choose().kernels(), 2, pool, new RopeSpec.None());
            engine = new Engine(tiny.decoder, tiny.ops, tiny.pool, ByteTokenizer.create(), 16);
            note = engine.keep(new PrefixStore(file(), key, bytes));
        }

        /** The tokens of an answer, and as the last one how many of its prompt were known. */
        List<Integer> answer(int[] prompt, Handling handling) {
            Settings settings = Settings.NONE.with(Setting.TEMPERATURE, 0.8);
            Sampling sampling = Sampling.of(settings, Set.of(), Dry.Breakers.NONE, 42);
            Generation g = engine.submit(new Request(
                    prompt, 12, sampling, Set.of(), List.of(), -1, null, null, null, Request.Form.PLAIN, handling));
            List<Integer> all = new ArrayList<>();
            for (TokenEvent e; (e = g.next()) != null; ) {
                switch (e) {
                    case TokenEvent.Token t -> all.add(t.id());
                    case TokenEvent.Finished f -> all.add(f.usage().cachedTokens());
                }
            }
            return all;
        }

        @Override
        public void close() {
            engine.close();
            tiny.close();
        }
    }

    private Path file() {
        return folder.resolve("kept").resolve("tiny.prefixes");
    }

    private static int[] prompt(int seed, int length) {
        return new SplittableRandom(seed).ints(length, 1, 60).toArray();
    }

    private static List<Integer> withKnown(List<Integer> answer, int known) {
        List<Integer> other = new ArrayList<>(answer);
        other.set(other.size() - 1, known);
        return other;
    }

    @Test
    void aBeginningIsThereAfterARestartAndChangesNoAnswer() throws IOException {
        for (int[] windows : List.of(new int[] {0, 0}, new int[] {0, 40})) {
            Files.deleteIfExists(file());
            List<Integer> first;
            try (Run run = new Run("a", MUCH, MUCH, windows)) {
                first = run.answer(prompt(1, 100), Handling.DEFAULT);
                run.answer(prompt(2, 70), Handling.DEFAULT.salt("other"));
            }
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
                    .isEqualTo("rw-------");
            try (Run run = new Run("a", MUCH, MUCH, windows)) {
                assertThat(run.note).isNull();
                List<Integer> again = run.answer(prompt(1, 100), Handling.DEFAULT);
                assertThat(again.getLast()).isGreaterThanOrEqualTo(64);
                assertThat(withKnown(again, 0)).isEqualTo(withKnown(first, 0));
                assertThat(run.answer(prompt(2, 70), Handling.DEFAULT).getLast())
                        .isZero(); // another's
                assertThat(run.answer(prompt(2, 70), Handling.DEFAULT.salt("other"))
                                .getLast())
                        .isGreaterThanOrEqualTo(64);
            }
        }
    }

    @Test
    void whatAnotherModelComputedIsNotUsed() {
        try (Run run = new Run("a", MUCH, MUCH, 0, 0)) {
            run.answer(prompt(1, 100), Handling.DEFAULT);
        }
        try (Run run = new Run("b", MUCH, MUCH, 0, 0)) {
            assertThat(run.note).isNull();
            assertThat(run.answer(prompt(1, 100), Handling.DEFAULT).getLast()).isZero();
        }
    }

    @Test
    void aDamagedFileIsSaidAndReplaced() throws IOException {
        try (Run run = new Run("a", MUCH, MUCH, 0, 0)) {
            run.answer(prompt(1, 100), Handling.DEFAULT);
        }
        byte[] right = Files.readAllBytes(file());
        SplittableRandom random = new SplittableRandom(7);
        for (int i = 0; i < 60; i++) {
            byte[] wrong = right.clone();
            if (i % 3 == 0) {
                wrong = Arrays.copyOf(wrong, random.nextInt(wrong.length));
            } else {
                wrong[i % 3 == 1 ? random.nextInt(wrong.length) : 40 + random.nextInt(400)] ^=
                        (byte) (1 << random.nextInt(8));
            }
            Files.write(file(), wrong);
            try (Run run = new Run("a", MUCH, MUCH, 0, 0)) {
                // a change of the key is another key; all else is damage
                assertThat(run.note == null || run.note.contains("are not used"))
                        .isTrue();
                assertThat(run.answer(prompt(1, 100), Handling.DEFAULT).getLast())
                        .isZero();
            }
            try (Run run = new Run("a", MUCH, MUCH, 0, 0)) {
                assertThat(run.answer(prompt(1, 100), Handling.DEFAULT).getLast())
                        .isPositive();
            }
        }
    }

    @Test
    void theLastUsedAreKeptAsFarAsTheyFit() throws IOException {
        try (Run run = new Run("a", MUCH, MUCH, 0, 0)) {
            for (int seed = 1; seed <= 5; seed++) {
                run.answer(prompt(seed, 100), Handling.DEFAULT);
            }
        }
        long all = Files.size(file());
        try (Run run = new Run("a", all / 2, MUCH, 0, 0)) {
            assertThat(run.answer(prompt(5, 100), Handling.DEFAULT).getLast()).isPositive();
        }
        assertThat(Files.size(file())).isLessThan(all);
        try (Run run = new Run("a", MUCH, MUCH, 0, 0)) {
            assertThat(run.answer(prompt(5, 100), Handling.DEFAULT).getLast()).isPositive();
            assertThat(run.answer(prompt(1, 100), Handling.DEFAULT).getLast()).isZero();
        }
    }

    @Test
    void aFolderThatCannotBeWrittenHarmsNobody() throws IOException {
        Files.writeString(folder.resolve("kept"), "no folder");
        try (Run run = new Run("a", MUCH, MUCH, 0, 0)) {
            assertThat(run.answer(prompt(1, 20), Handling.DEFAULT)).isNotEmpty();
        }
        assertThat(folder.resolve("kept")).hasContent("no folder");
    }
}
