package io.jandaia.cli;

import io.jandaia.cli.language.Texts;
import io.jandaia.model.ModelStore;
import io.jandaia.model.pack.PackCache;
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
@Command(name = "doctor", mixinStandardHelpOptions = true)
final class DoctorCommand implements Callable<Integer> {

    private final PrintStream out;
    private final Texts texts;

    DoctorCommand(PrintStream out, Texts texts) {
        this.out = out;
        this.texts = texts;
    }

    @Override
    public Integer call() {
        line("jdk", Runtime.version() + " (" + System.getProperty("java.vm.vendor", "?") + ")");
        line("system", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
        Cpu cpu = Cpu.here();
        line("processor", cpu.model());
        line("features", String.join(" ", cpu.notable()));
        int cores = Runtime.getRuntime().availableProcessors();
        line("cores", Integer.toString(cores));
        KernelSets.Choice choice = KernelSets.choose();
        line("kernels", choice.kernels().name() + ": " + choice.reason());
        line("heap", texts.get("doctor.most", Runtime.getRuntime().maxMemory() / 1e9));
        try (ComputeTeam team = ComputeTeam.of(cores)) {
            line("memory", String.format(Locale.ROOT, "%.1f GB/s", MemoryBandwidth.measure(team) / 1e9));
        }
        disk("disk", ModelStore.local().cache());
        PackCache packs = PackCache.local();
        line("packs", texts.get("doctor.kept", packs.used() / 1e9, packs.limit() / 1e9, packs.folder()));
        line("models", String.join(", ", ModelStore.local().list().keySet()));
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
            line(key, texts.get("doctor.free", store.getUsableSpace() / 1e9, path));
        } catch (IOException e) {
            line(key, texts.get("doctor.unknown", String.valueOf(e.getMessage())));
        }
    }

    private void line(String key, String value) {
        out.printf(Locale.ROOT, "%-18s %s%n", texts.get("doctor." + key), value);
    }
}
