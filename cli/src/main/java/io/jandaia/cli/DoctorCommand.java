package io.jandaia.cli;

import io.jandaia.model.ModelStore;
import io.jandaia.tensor.ComputeTeam;
import io.jandaia.tensor.kernel.Cpu;
import io.jandaia.tensor.kernel.KernelSets;
import io.jandaia.tensor.kernel.MemoryBandwidth;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code jandaia doctor}: what this machine is to Jandaia. */
@Command(
        name = "doctor",
        description = "Says what runs here and how fast it could be: JDK, processor, kernels, memory, disk.",
        mixinStandardHelpOptions = true)
final class DoctorCommand implements Callable<Integer> {

    private final PrintStream out;

    DoctorCommand(PrintStream out) {
        this.out = out;
    }

    @Override
    public Integer call() {
        line("JDK", Runtime.version() + " (" + System.getProperty("java.vm.vendor", "unknown vendor") + ")");
        line("system", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
        Cpu cpu = Cpu.here();
        line("processor", cpu.model());
        line("features", String.join(" ", cpu.notable()));
        int cores = Runtime.getRuntime().availableProcessors();
        line("cores", Integer.toString(cores));
        KernelSets.Choice choice = KernelSets.choose();
        line("kernels", choice.kernels().name() + ": " + choice.reason());
        line(
                "Java heap",
                String.format(
                        Locale.ROOT, "%.1f GB at most", Runtime.getRuntime().maxMemory() / 1e9));
        try (ComputeTeam team = ComputeTeam.of(cores)) {
            line("memory read", String.format(Locale.ROOT, "%.1f GB/s", MemoryBandwidth.measure(team) / 1e9));
        }
        disk("disk, models", ModelStore.local().cache());
        line("models here", String.join(", ", ModelStore.local().list().keySet()));
        return 0;
    }

    /** Free space where {@code path} is or would be. */
    private void disk(String key, Path path) {
        Path here = path.toAbsolutePath();
        while (here.getParent() != null && !Files.exists(here)) {
            here = here.getParent();
        }
        try {
            FileStore store = Files.getFileStore(here);
            line(key, String.format(Locale.ROOT, "%.1f GB free for %s", store.getUsableSpace() / 1e9, path));
        } catch (IOException e) {
            line(key, "unknown: " + e.getMessage());
        }
    }

    private void line(String key, String value) {
        out.printf(Locale.ROOT, "%-14s %s%n", key, value);
    }
}
