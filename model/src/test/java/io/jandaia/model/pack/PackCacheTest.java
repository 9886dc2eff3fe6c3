package io.jandaia.model.pack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.jandaia.error.JandaiaException;
import io.jandaia.tensor.ElementType;
import io.jandaia.tensor.Numerics;
import io.jandaia.tensor.StoredTensor;
import io.jandaia.tensor.kernel.KernelSets;
import io.jandaia.tensor.kernel.Kernels;
import io.jandaia.tensor.kernel.PackedMatrix;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Loadings of a model whose packed weights are what {@link #pack} writes. */
class PackCacheTest {

    private static final int WEIGHTS = 3;
    private static final long BYTES = (9 << 20) + 5; // chunks, and a part of one

    @TempDir
    Path folder;

    private PackCache cache;
    private Path model;
    private int packed;

    @BeforeEach
    void files() throws IOException {
        cache = new PackCache(folder.resolve("cache/packed"), Long.MAX_VALUE, 0);
        model = model("model.gguf", 1);
    }

    private Path model(String name, int seed) throws IOException {
        byte[] bytes = new byte[3 << 20];
        new SplittableRandom(seed).nextBytes(bytes);
        return Files.write(folder.resolve(name), bytes);
    }

    private void pack(MemorySegment data, int weight) {
        packed++;
        SplittableRandom random = new SplittableRandom(weight);
        for (long i = 0; i + 8 <= data.byteSize(); i += 8) {
            data.set(ValueLayout.JAVA_LONG_UNALIGNED, i, random.nextLong());
        }
    }

    /** Loads the model, and checks every byte of what it gets; the notes. */
    private List<String> load(PackCache from, Path file) {
        List<String> notes = new ArrayList<>();
        packed = 0;
        ModelPacks packs = from.open(List.of(file));
        for (int w = 0; w < WEIGHTS; w++) {
            int weight = w;
            MemorySegment data = Arena.ofAuto().allocate(BYTES, 64);
            packs.fill("same name", data, () -> pack(data, weight));
            MemorySegment right = Arena.ofAuto().allocate(BYTES, 64);
            int before = packed;
            pack(right, weight);
            packed = before;
            assertThat(data.mismatch(right)).isEqualTo(-1);
        }
        packs.keep();
        packs.close();
        packs.note().ifPresent(notes::add);
        return notes;
    }

    private Path file() throws IOException {
        try (Stream<Path> files = Files.list(cache.folder())) {
            List<Path> all = files.toList();
            assertThat(all).hasSize(1);
            return all.getFirst();
        }
    }

    @Test
    void theSecondLoadingPacksNothing() throws IOException {
        assertThat(load(cache, model)).isEmpty();
        assertThat(packed).isEqualTo(WEIGHTS);
        assertThat(Files.size(file())).isBetween(WEIGHTS * BYTES, WEIGHTS * BYTES + 10_000);
        assertThat(cache.used()).isEqualTo(Files.size(file()));
        assertThat(load(cache, model)).isEmpty();
        assertThat(packed).isZero();
    }

    @Test
    void onlyTheOwnerReadsIt() throws IOException {
        load(cache, model);
        assumeTrue(
                Files.getFileStore(folder).supportsFileAttributeView("posix"), "This system has no POSIX permissions.");
        assertThat(Files.getPosixFilePermissions(file())).hasSize(2);
        assertThat(Files.getPosixFilePermissions(cache.folder())).hasSize(3);
    }

    @Test
    void aChangedModelIsPackedAnew() throws IOException {
        load(cache, model);
        FileTime time = Files.getLastModifiedTime(model);
        // In place, far behind the header, with the old size and time.
        try (RandomAccessFile f = new RandomAccessFile(model.toFile(), "rw")) {
            f.seek((3 << 20) / 64 * 50);
            f.write(new byte[] {1, 2, 3, 4, 5, 6, 7, 8});
        }
        Files.setLastModifiedTime(model, time);
        load(cache, model);
        assertThat(packed).isEqualTo(WEIGHTS);
        load(cache, model);
        assertThat(packed).isZero();
        Files.setLastModifiedTime(model, FileTime.from(Instant.EPOCH));
        load(cache, model);
        assertThat(packed).isEqualTo(WEIGHTS);
        file(); // one, as the old one was replaced
    }

    @Test
    void modelsOfEqualBytesAreToldApart() throws IOException {
        load(cache, model);
        load(cache, model("other.gguf", 1));
        assertThat(packed).isEqualTo(WEIGHTS);
        load(cache, model);
        assertThat(packed).isZero();
    }

    @Test
    void whatIsDamagedIsPackedAnewAndSaid() throws IOException {
        SplittableRandom random = new SplittableRandom(7);
        for (int i = 0; i < 12; i++) {
            load(cache, model);
            long size = Files.size(file());
            long at = i < 6 ? random.nextLong(size) : size - 1 - random.nextLong(600);
            try (RandomAccessFile f = new RandomAccessFile(file().toFile(), "rw")) {
                f.seek(at);
                int old = f.read();
                f.seek(at);
                f.write(old ^ (1 << random.nextInt(8)));
            }
            assertThat(load(cache, model)).as("byte %d of %d", at, size).hasSize(1);
            assertThat(packed).isPositive();
            assertThat(load(cache, model)).isEmpty();
            assertThat(packed).isZero();
        }
    }

    @Test
    void whatIsCutOffIsPackedAnew() throws IOException {
        SplittableRandom random = new SplittableRandom(8);
        load(cache, model);
        byte[] whole = Files.readAllBytes(file());
        long[] lengths = {0, 1, 31, 32, 33, random.nextLong(whole.length), whole.length - 1L};
        for (long length : lengths) {
            Files.write(file(), Arrays.copyOf(whole, (int) length));
            assertThat(load(cache, model)).hasSize(1);
            assertThat(packed).isEqualTo(WEIGHTS);
        }
        // A table of an absurd size, whose trailer is in order otherwise.
        Files.write(file(), new byte[100]);
        assertThat(load(cache, model)).hasSize(1);
    }

    @Test
    void whatWasUsedLongestAgoGoesFirst() throws IOException {
        PackCache two = new PackCache(cache.folder(), 2 * WEIGHTS * BYTES + 100_000, 0);
        Path second = model("second.gguf", 2);
        Path third = model("third.gguf", 3);
        load(two, model);
        age(Duration.ofHours(3));
        load(two, second);
        load(two, model); // used now
        load(two, third);
        load(two, model);
        assertThat(packed).isZero();
        load(two, second);
        assertThat(packed).isEqualTo(WEIGHTS);
        assertThat(two.used()).isLessThanOrEqualTo(two.limit());
    }

    private void age(Duration by) throws IOException {
        try (Stream<Path> files = Files.list(cache.folder())) {
            for (Path p : (Iterable<Path>) files::iterator) {
                Files.setLastModifiedTime(p, FileTime.from(Instant.now().minus(by)));
            }
        }
    }

    @Test
    void whatAKilledProcessLeftIsRemoved() throws IOException {
        Files.createDirectories(cache.folder());
        Path left = Files.write(cache.folder().resolve("x.unfinished"), new byte[10]);
        Path running = Files.write(cache.folder().resolve("y.unfinished"), new byte[10]);
        Files.setLastModifiedTime(left, FileTime.from(Instant.now().minus(Duration.ofHours(2))));
        load(cache, model);
        assertThat(left).doesNotExist();
        assertThat(running).exists();
    }

    @Test
    void whatDoesNotFitIsNotKept() throws IOException {
        PackCache small = new PackCache(cache.folder(), WEIGHTS * BYTES - 1, 0);
        assertThat(load(small, model)).isEmpty();
        try (Stream<Path> files = Files.list(cache.folder())) {
            assertThat(files).isEmpty();
        }
    }

    @Test
    void aModelBeyondTheLimitIsSaid() {
        List<String> notes = load(new PackCache(cache.folder(), 1 << 20, 0), model);
        assertThat(notes).singleElement().asString().contains("0.001048576 GB", "0.003145728");
        assertThat(packed).isEqualTo(WEIGHTS);
    }

    @Test
    void withoutAFolderTheModelLoadsAndTheReasonIsSaid() throws IOException {
        Path file = Files.write(folder.resolve("file"), new byte[1]);
        List<String> notes = load(new PackCache(file.resolve("packed"), Long.MAX_VALUE, 0), model);
        assertThat(notes).singleElement().asString().contains(file.toString(), "--no-pack-cache");
        assertThat(packed).isEqualTo(WEIGHTS);
    }

    @Test
    void smallModelsAndNoLimitKeepNothing() {
        load(new PackCache(cache.folder(), Long.MAX_VALUE, 64 << 20), model);
        load(new PackCache(cache.folder(), 0, 0), model);
        assertThat(cache.folder()).doesNotExist();
    }

    @Test
    void variablesSayWhereAndHowMuch() {
        assertThat(PackCache.of(Map.of("JANDAIA_CACHE", "/a")).folder()).isEqualTo(Path.of("/a/packed"));
        assertThat(PackCache.of(Map.of("XDG_CACHE_HOME", "/b")).folder()).isEqualTo(Path.of("/b/jandaia/packed"));
        assertThat(PackCache.of(Map.of("JANDAIA_CACHE_GB", "1.5")).limit()).isEqualTo(1_500_000_000);
        for (String wrong : new String[] {"-1", "many", "NaN", "1e99"}) {
            assertThatThrownBy(() -> PackCache.of(Map.of("JANDAIA_CACHE_GB", wrong)))
                    .isInstanceOf(JandaiaException.class)
                    .hasMessageContaining(wrong);
        }
    }

    @Test
    void realWeightsComeBackAsTheyWere() {
        Kernels kernels = KernelSets.named("auto").kernels();
        assumeTrue(kernels.usual() == Numerics.FAST, "The kernels of this processor pack nothing.");
        SplittableRandom random = new SplittableRandom(3);
        int rows = 40;
        int cols = 512;
        byte[] blocks = new byte[(int) (rows * ElementType.Q4_K.bytes(cols))];
        random.nextBytes(blocks);
        StoredTensor weight =
                new StoredTensor("w", ElementType.Q4_K, new long[] {rows, cols}, MemorySegment.ofArray(blocks));
        for (int i = 0; i < 2; i++) {
            ModelPacks packs = cache.open(List.of(model));
            PackedMatrix w = kernels.pack(weight, Numerics.FAST, packs);
            PackedMatrix plain = kernels.pack(weight, Numerics.FAST);
            packs.keep();
            packs.close();
            int[] row = new int[cols];
            int[] right = new int[cols];
            for (int r = 0; r < rows; r++) {
                w.decodeRow(r, MemorySegment.ofArray(row), 0);
                plain.decodeRow(r, MemorySegment.ofArray(right), 0);
                assertThat(row).isEqualTo(right);
            }
        }
    }
}
