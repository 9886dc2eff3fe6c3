package io.jandaia.bench;

import io.jandaia.tensor.kernel.Cpu;
import java.time.LocalDate;
import java.time.ZoneId;

/** Where and when something was measured. */
final class Machine {

    private Machine() {}

    static String text() {
        Cpu cpu = Cpu.here();
        return cpu.model() + " (" + String.join(" ", cpu.notable()) + ")";
    }

    static LocalDate today() {
        return LocalDate.now(ZoneId.systemDefault());
    }
}
