package io.jandaia.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.jandaia.cli.language.Language;
import io.jandaia.cli.language.Texts;
import io.jandaia.cli.terminal.Tty;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class MainTest {
    private record Outcome(int code, String out, String err, boolean waited) {}

    @Test
    void versionGoesToStandardOutput() {
        Outcome outcome = run("--version");
        assertThat(outcome.code()).isZero();
        assertThat(outcome.out()).startsWith("jandaia ").contains("Java " + Runtime.version());
        assertThat(outcome.err()).isEmpty();
        assertThat(outcome.waited()).isFalse();
    }

    @Test
    void withoutACommandShowsTheHelp() {
        assertThat(run().out())
                .startsWith("Usage: jandaia")
                .isEqualTo(run("--help").out());
    }

    @Test
    void anUnknownOptionIsAUsageErrorOnTheRealStandardError() {
        Outcome outcome = run("--no-such-option");
        assertThat(outcome.code()).isEqualTo(2);
        assertThat(outcome.out()).isEmpty();
        assertThat(outcome.err()).contains("--no-such-option");
        assertThat(outcome.waited()).isTrue();
    }

    private static Outcome run(String... args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        boolean[] waited = {false};
        int code = Main.run(
                args,
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                Texts.in(Language.ENGLISH),
                Tty.NONE,
                () -> waited[0] = true);
        return new Outcome(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8), waited[0]);
    }
}
