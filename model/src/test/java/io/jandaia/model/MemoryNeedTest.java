package io.jandaia.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** What a model will take, told before it is loaded. */
class MemoryNeedTest {

    private static final Path STARTER = Path.of("../models/starter");

    @Test
    void itIsWeightsAndKeysAndValuesOfAllSequences() {
        MemoryNeed one = MemoryNeed.of(STARTER, LoadOptions.DEFAULT.sequences(1));
        try (Model model = Model.open(STARTER, LoadOptions.DEFAULT)) {
            assertThat(one.weights()).isEqualTo(2 * model.parameters()); // bfloat16
        }
        MemoryNeed many = MemoryNeed.of(STARTER, LoadOptions.DEFAULT.sequences(16));
        assertThat(one.cache()).isPositive();
        assertThat(many.cache()).isEqualTo(16 * one.cache());
        assertThat(many.total()).isEqualTo(many.weights() + many.cache() + many.rest());
    }

    @Test
    void keysAndValuesTakeNoMoreThanTheyMay() {
        assertThat(MemoryNeed.of(STARTER, LoadOptions.DEFAULT.cacheBytes(1 << 16))
                        .cache())
                .isEqualTo(1 << 16);
    }
}
