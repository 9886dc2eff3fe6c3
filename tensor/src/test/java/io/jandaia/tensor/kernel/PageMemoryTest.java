package io.jandaia.tensor.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.jandaia.tensor.ElementType;
import io.jandaia.tensor.Numerics;
import io.jandaia.tensor.StoredTensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PageMemoryTest {

    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;

    @Test
    void isZeroAlignedAndAsLargeAsAskedFor() {
        for (long bytes : new long[] {1, 100, 2 << 20, (5 << 20) + 17}) {
            MemorySegment closed;
            try (Arena arena = Arena.ofShared()) {
                MemorySegment m = PageMemory.allocate(bytes, arena);
                assertThat(m.byteSize()).isEqualTo(bytes);
                assertThat(m.address() % 64).isZero();
                assertThat(m.get(BYTE, 0)).isZero();
                assertThat(m.get(BYTE, bytes - 1)).isZero();
                m.fill((byte) 7);
                assertThat(m.get(BYTE, bytes - 1)).isEqualTo((byte) 7);
                closed = m;
            }
            assertThat(closed.scope().isAlive()).isFalse();
        }
    }

    /** Weights of any size do not overlap, and stay when others are no longer referred to. */
    @Test
    void weightsLieOneAfterTheOther() {
        Random random = new Random(4);
        List<MemorySegment> kept = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            MemorySegment m = PageMemory.allocate(1 + random.nextInt(random.nextInt(20) == 0 ? 20 << 20 : 1 << 20));
            assertThat(m.address() % 64).isZero();
            assertThat(m.get(BYTE, 0)).isZero();
            assertThat(m.get(BYTE, m.byteSize() - 1)).isZero();
            m.set(BYTE, 0, (byte) i);
            m.set(BYTE, m.byteSize() - 1, (byte) i);
            if (i % 3 == 0) {
                kept.add(m);
            }
            if (i % 50 == 49) {
                System.gc();
            }
        }
        for (int k = 0; k < kept.size(); k++) {
            MemorySegment m = kept.get(k);
            byte mark = (byte) (3 * k);
            assertThat(m.get(BYTE, 0)).isEqualTo(mark);
            assertThat(m.get(BYTE, m.byteSize() - 1)).isEqualTo(mark);
        }
    }

    @Test
    void whatIsReleasedIsReadAgain(@TempDir Path folder) throws IOException {
        byte[] numbers = new byte[1 << 20];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = (byte) (i * 31);
        }
        Path file = Files.write(folder.resolve("numbers"), numbers);
        try (Arena arena = Arena.ofConfined();
                FileChannel channel = FileChannel.open(file)) {
            MemorySegment mapped = channel.map(FileChannel.MapMode.READ_ONLY, 0, numbers.length, arena);
            PageMemory.release(mapped);
            assertThat(mapped.toArray(BYTE)).isEqualTo(numbers);
        }
    }

    @Test
    void onlyMappedFilesAreReleased() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment m = arena.allocate(1 << 20, 64).fill((byte) 3);
            PageMemory.release(m.asReadOnly());
            assertThat(m.get(BYTE, 1 << 19)).isEqualTo((byte) 3);
        }
    }

    @Test
    void aCopyOutlivesTheFileItIsOf(@TempDir Path folder) throws IOException {
        byte[] bytes = new byte[(3 << 20) + 77];
        new Random(5).nextBytes(bytes);
        Path file = Files.write(folder.resolve("weights"), bytes);
        MemorySegment copy;
        try (Arena arena = Arena.ofShared();
                FileChannel channel = FileChannel.open(file)) {
            MemorySegment mapped = channel.map(FileChannel.MapMode.READ_ONLY, 0, bytes.length, arena);
            copy = PageMemory.copy(mapped);
            assertThat(mapped.mismatch(MemorySegment.ofArray(bytes))).isEqualTo(-1); // its pages come back
        }
        assertThat(copy.isMapped()).isFalse();
        assertThat(copy.mismatch(MemorySegment.ofArray(bytes))).isEqualTo(-1);
    }

    @Test
    void weightsOfAFileCanBeHadInMemory(@TempDir Path folder) throws IOException {
        Path file = Files.write(folder.resolve("weights"), new byte[] {0, 0, (byte) 128, 63, 0, 0, 0, 64});
        Kernels kernels = new VectorKernels();
        PackedMatrix inMemory;
        try (Arena arena = Arena.ofShared();
                FileChannel channel = FileChannel.open(file)) {
            MemorySegment mapped = channel.map(FileChannel.MapMode.READ_ONLY, 0, 8, arena);
            StoredTensor stored = new StoredTensor("w", ElementType.F32, new long[] {2, 1}, mapped);
            inMemory = kernels.pack(stored, Numerics.EXACT).inMemory();
            assertThat(inMemory.inMemory()).isSameAs(inMemory);
        }
        MemorySegment row = Arena.ofAuto().allocate(4);
        inMemory.decodeRow(1, row, 0);
        assertThat(row.get(ValueLayout.JAVA_FLOAT, 0)).isEqualTo(2);
    }
}
