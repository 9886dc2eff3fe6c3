package io.jandaia.model.nn;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class RowTasksTest {

    @Test
    void tasksAreAllRowsOnce() {
        Random random = new Random(2);
        for (int i = 0; i < 2000; i++) {
            int rows = 1 + random.nextInt(random.nextBoolean() ? 100 : 200_000);
            long rowBytes = random.nextInt(10) == 0 ? 0 : 1 + random.nextInt(20_000);
            int unit = 16 * (1 + random.nextInt(4));
            RowTasks cut = RowTasks.of(rows, rowBytes, unit);
            assertThat(cut.from(0)).isZero();
            for (int t = 0; t < cut.count(); t++) {
                assertThat(cut.from(t + 1)).isGreaterThan(cut.from(t));
                if (t + 1 < cut.count()) {
                    assertThat(cut.from(t + 1) % RowTasks.EACH)
                            .as("%s, task %d", cut, t)
                            .isZero();
                }
            }
            assertThat(cut.together() * RowTasks.EACH % unit).as("%s", cut).isZero();
            assertThat(cut.from(cut.count())).isEqualTo(rows);
        }
    }

    @Test
    void whatIsMultipliedAtOnceIsTakenTogether() {
        assertThat(RowTasks.of(5632, 2176, 16).together()).isEqualTo(2);
        assertThat(RowTasks.of(5632, 2176, 48).together()).isEqualTo(3);
        assertThat(RowTasks.of(5632, 200_000, 48).together()).isEqualTo(3);
    }
}
