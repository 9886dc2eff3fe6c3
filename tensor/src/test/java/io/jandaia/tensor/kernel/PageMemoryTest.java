package io.jandaia.tensor.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
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
}
