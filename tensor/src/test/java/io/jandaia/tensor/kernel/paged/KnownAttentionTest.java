package io.jandaia.tensor.kernel.paged;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jandaia.error.JandaiaException;
import io.jandaia.tensor.kernel.KvShape;
import io.jandaia.tensor.kernel.KvType;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** That right attention passes, every test of attention in machine code shows: it is tested before it runs. */
@SuppressWarnings("restricted")
class KnownAttentionTest {

    @ParameterizedTest
    @EnumSource(KvType.class)
    void wrongAttentionIsRefused(KvType type) {
        wrongAttentionIsRefused(type, false);
        wrongAttentionIsRefused(type, true);
    }

    private static void wrongAttentionIsRefused(KvType type, boolean pairs) {
        KvShape shape = new KvShape(2, 32, 16, type);
        refused(shape, pairs, (head, pages, rows, scale, queries, results, scratch) -> {});
        refused(
                shape,
                pairs,
                (head, pages, rows, scale, queries, results, scratch) -> MemorySegment.ofAddress(results)
                        .reinterpret(shape.partialBytes() * rows.rows() * rows.heads())
                        .fill((byte) 0xFF)); // not numbers
    }

    private static void refused(KvShape shape, boolean pairs, KnownAttention.Computation wrong) {
        assertThatThrownBy(() -> KnownAttention.check(wrong, new TileFormat(shape, pairs), "avx1024"))
                .isInstanceOfSatisfying(JandaiaException.class, KnownAttentionTest::isUnsupported)
                .hasMessageStartingWith("The avx1024 kernels fail their test on this processor: a sum of weights of")
                .hasMessageEndingWith("Use --kernels vector.");
    }

    private static void isUnsupported(JandaiaException e) {
        assertThat(e.kind()).isEqualTo(JandaiaException.Kind.UNSUPPORTED);
    }
}
