package io.jandaia.bench;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A program that has run to its end.
 *
 * @param out what it wrote to standard output
 * @param all the same with standard error, where programs write tables there
 * @param seconds from its start to its end
 * @param peakBytes the most memory it had; 0 where the system does not tell
 */
record Child(String out, String all, double seconds, long peakBytes) {

    /** Runs a program in a folder of its own, which is deleted with the logs that it leaves there. */
    static Child run(List<String> command) throws IOException, InterruptedException, ChildException {
        Path folder = Files.createTempDirectory("jandaia-bench");
        try {
            return run(command, folder);
        } finally {
            delete(folder);
        }
    }

    private static Child run(List<String> command, Path folder)
            throws IOException, InterruptedException, ChildException {
        Path out = folder.resolve("stdout");
        Path err = folder.resolve("stderr");
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
        try {
            Runtime.getRuntime().removeShutdownHook(end);
        } catch (IllegalStateException e) {
            throw new ChildException(String.join(" ", command) + " was interrupted.");
        }
        String output = Files.readString(out, StandardCharsets.ISO_8859_1);
        String errors = Files.readString(err, StandardCharsets.ISO_8859_1);
        if (p.exitValue() != 0) {
            String tail = errors.substring(Math.max(0, errors.length() - 500)).strip();
            throw new ChildException(
                    String.join(" ", command) + " ended with exit code " + p.exitValue() + ": " + tail);
        }
        return new Child(output, output + "\n" + errors, seconds, peak);
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path p : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(p);
            }
        }
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
