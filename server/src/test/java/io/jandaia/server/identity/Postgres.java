package io.jandaia.server.identity;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A PostgreSQL of one's own, where its programs are installed. */
final class Postgres {

    private final Path bin;
    private final Path folder;
    private final int port;

    private Postgres(Path bin, Path folder, int port) {
        this.bin = bin;
        this.folder = folder;
        this.port = port;
    }

    /** Starts one; null where there is none, or nobody as whom it could run. */
    static @Nullable Postgres start() throws IOException, InterruptedException {
        Path bin = programs();
        if (bin == null || (root() && !exists("postgres"))) {
            return null;
        }
        Path folder = Files.createTempDirectory("jandaia-postgres");
        int port;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        Postgres p = new Postgres(bin, folder, port);
        if (root()) {
            new ProcessBuilder("chown", "postgres", folder.toString()).start().waitFor();
        }
        p.run("initdb", "-D", p.data(), "-A", "trust", "-U", "jandaia", "-E", "UTF8", "--no-sync");
        p.run(
                "pg_ctl",
                "-D",
                p.data(),
                "-w",
                "-t",
                "60",
                "-l",
                folder.resolve("log").toString(),
                "-o",
                "-p " + port + " -c listen_addresses=127.0.0.1 -c unix_socket_directories=" + folder,
                "start");
        return p;
    }

    private String data() {
        return folder.resolve("data").toString();
    }

    String url() {
        return "jdbc:postgresql://127.0.0.1:" + port + "/postgres?user=jandaia";
    }

    private static boolean root() {
        return "root".equals(System.getProperty("user.name"));
    }

    private static boolean exists(String user) throws IOException, InterruptedException {
        return new ProcessBuilder("id", user)
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start()
                        .waitFor()
                == 0;
    }

    private static @Nullable Path programs() throws IOException {
        List<Path> places = new ArrayList<>();
        Stream.of(System.getenv().getOrDefault("PATH", "").split(":", -1))
                .map(Path::of)
                .forEach(places::add);
        Path usual = Path.of("/usr/lib/postgresql");
        if (Files.isDirectory(usual)) {
            try (DirectoryStream<Path> versions = Files.newDirectoryStream(usual)) {
                versions.forEach(v -> places.add(v.resolve("bin")));
            }
        }
        return places.stream()
                .filter(p -> Files.isExecutable(p.resolve("initdb")) && Files.isExecutable(p.resolve("pg_ctl")))
                .findFirst()
                .orElse(null);
    }

    private void run(String program, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        if (root()) {
            command.addAll(List.of("runuser", "-u", "postgres", "--"));
        }
        command.add(bin.resolve(program).toString());
        command.addAll(List.of(arguments));
        Process p = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve(program + ".out").toFile())
                .start();
        if (p.waitFor() != 0) {
            throw new IOException(program + " failed: " + Files.readString(folder.resolve(program + ".out")));
        }
    }

    void stop() throws IOException, InterruptedException {
        run("pg_ctl", "-D", data(), "-m", "immediate", "-w", "stop");
    }
}
