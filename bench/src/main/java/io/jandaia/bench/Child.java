package io.jandaia.bench;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A program that has run to its end.
 *
 * @param out what it wrote to standard output
 * @param all the same with standard error, where programs write tables there
 * @param seconds from its start to its end
 * @param peakBytes the most memory it had; 0 where the system does not tell
 */
record Child(String out, String all, double seconds, long peakBytes) {

    /** Runs a program in {@code folder}, where it may leave logs. */
    static Child run(List<String> command, Path folder) throws IOException, InterruptedException {
        Path out = Files.createTempFile(folder, "out", ".txt");
        Path err = Files.createTempFile(folder, "err", ".txt");
        long start = System.nanoTime();
        Process p = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectInput(new File("/dev/null"))
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        Thread end = new Thread(p::destroy);
        Runtime.getRuntime().addShutdownHook(end);
        long peak = 0;
        // The system forgets a process that has ended, so it is asked while it runs; the last answer counts.
        while (!p.waitFor(20, TimeUnit.MILLISECONDS)) {
            long now = peak(p.pid());
            peak = now == 0 ? peak : now;
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        Runtime.getRuntime().removeShutdownHook(end);
        String output = Files.readString(out, StandardCharsets.ISO_8859_1);
        String errors = Files.readString(err, StandardCharsets.ISO_8859_1);
        if (p.exitValue() != 0) {
            String tail = errors.substring(Math.max(0, errors.length() - 500)).strip();
            throw new IOException(String.join(" ", command) + " ended with exit code " + p.exitValue() + ": " + tail);
        }
        return new Child(output, output + "\n" + errors, seconds, peak);
    }

    private static long peak(long pid) {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"), StandardCharsets.ISO_8859_1)) {
                if (line.startsWith("VmHWM:")) {
                    return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
                }
            }
        } catch (IOException e) {
            // It has ended, or this system has no such file.
        }
        return 0;
    }
}
