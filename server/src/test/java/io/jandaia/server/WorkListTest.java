package io.jandaia.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/** Who is let in. */
class WorkListTest {

    @Test
    void promptsWaitAsLongAsTheirTokensAreFewEnough() {
        try (WorkList works = new WorkList(new ServeOptions.Limits(4, 100, 1000), null)) {
            assertThatCode(() -> works.admit(0, 5000)).doesNotThrowAnyException(); // one may always
            assertThatCode(() -> works.admit(50, 50)).doesNotThrowAnyException();
            assertThatThrownBy(() -> works.admit(51, 50))
                    .isInstanceOfSatisfying(
                            ApiException.class, e -> assertThat(e.status()).isEqualTo(429))
                    .hasMessageContaining("51 tokens")
                    .hasMessageContaining("100");
        }
    }
}
