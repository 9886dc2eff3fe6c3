package io.jandaia.model.nn;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class TaskRowsTest {

    @Test
    void tasksAreAllRowsOnce() {
        Random random = new Random(2);
        for (int i = 0; i < 2000; i++) {
            int rows = 1 + random.nextInt(random.nextBoolean() ? 100 : 200_000);
            long rowBytes = random.nextInt(10) == 0 ? 0 : 1 + random.nextInt(20_000);
            int unit = 16 * (1 + random.nextInt(3));
            TaskRows cut = TaskRows.of(rows, rowBytes, unit, random.nextBoolean());
            assertThat(cut.from(0)).isZero();
            for (int t = 0; t < cut.tasks(); t++) {
                assertThat(cut.from(t + 1)).isGreaterThan(cut.from(t));
                if (t + 1 < cut.tasks()) {
                    assertThat(cut.from(t + 1) % unit).as("%s, task %d", cut, t).isZero();
                }
            }
            assertThat(cut.from(cut.tasks())).isEqualTo(rows);
        }
    }

    @Test
    void smallTasksComeLast() {
        TaskRows cut = TaskRows.of(5632, 2176, 48, true);
        int first = cut.from(1);
        int last = cut.from(cut.tasks() - 1) - cut.from(cut.tasks() - 2);
        assertThat(first).isEqualTo(144);
        assertThat(last).isEqualTo(48);
        TaskRows inside = TaskRows.of(5632, 2176, 48, false);
        assertThat(inside.from(inside.tasks() - 2)).isGreaterThan(5632 / 10 * 9);
    }
}
