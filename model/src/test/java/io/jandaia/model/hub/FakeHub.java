package io.jandaia.model.hub;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collections;
import java.util.HexFormat;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;

/** A Hub on this machine, with one model, that behaves well or in whatever way a test wants. */
final class FakeHub implements AutoCloseable {

    static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

    /** What a request was. */
    record Request(String path, String range, String authorization, long from, long to) {}

    /** Answers a request in another way; true when it did. */
    interface Mischief {
        boolean answer(HttpExchange exchange, String path) throws IOException;
    }

    /** How a body is sent: all at once, in drops, with a cut. */
    interface Sender {
        void send(OutputStream out, byte[] bytes, int from, int to) throws IOException;
    }

    final List<Request> requests = new CopyOnWriteArrayList<>();
    final AtomicLong served = new AtomicLong();
    private final AtomicInteger sending = new AtomicInteger();
    final Map<String, byte[]> files = new TreeMap<>();
    volatile Mischief mischief = (exchange, path) -> false;
    volatile Sender sender = (out, bytes, from, to) -> out.write(bytes, from, to - from);
    volatile boolean ranges = true;
    volatile String commit = COMMIT;
    /** Where large files are; empty when they are here. */
    volatile String elsewhere = "";

    private final Map<byte[], String> hashes = Collections.synchronizedMap(new IdentityHashMap<>());
    private final Map<String, byte[]> blobs = new ConcurrentHashMap<>();
    private final HttpServer server;

    FakeHub() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::handle);
        server.start();
    }

    String endpoint() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** The same server under another name: another host to whoever compares. */
    String otherName() {
        return "http://localhost:" + server.getAddress().getPort();
    }

    FakeHub add(String path, String text) {
        return add(path, text.getBytes(StandardCharsets.UTF_8));
    }

    FakeHub add(String path, byte[] bytes) {
        files.put(path, bytes);
        blobs.put(hash(path), bytes);
        return this;
    }

    /** Bytes that do not repeat. */
    static byte[] noise(int size, long seed) {
        byte[] bytes = new byte[size];
        new java.util.Random(seed).nextBytes(bytes);
        return bytes;
    }

    static boolean large(String path) {
        return path.endsWith(".safetensors") || path.endsWith(".gguf") || path.endsWith(".bin");
    }

    byte[] bytes(String path) {
        return Objects.requireNonNull(files.get(path));
    }

    /** The name of the blob of a file. */
    String hash(String path) {
        return hashes.computeIfAbsent(bytes(path), bytes -> large(path) ? sha("SHA-256", bytes) : gitSha(bytes));
    }

    private static String gitSha(byte[] bytes) {
        byte[] head = ("blob " + bytes.length + "\0").getBytes(StandardCharsets.UTF_8);
        byte[] all = java.util.Arrays.copyOf(head, head.length + bytes.length);
        System.arraycopy(bytes, 0, all, head.length, bytes.length);
        return sha("SHA-1", all);
    }

    private static String sha(String algorithm, byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    private void handle(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        String range = header(exchange, "Range");
        long[] bounds = bounds(range);
        requests.add(new Request(path, range, header(exchange, "Authorization"), bounds[0], bounds[1]));
        answer(exchange, path, bounds);
        exchange.close(); // not after a failure, which the server answers by closing the connection: a cut
    }

    private void answer(HttpExchange exchange, String path, long[] bounds) throws IOException {
        if (mischief.answer(exchange, path)) {
            return;
        }
        if (path.startsWith("/api/models/") && path.contains("/revision/")) {
            json(exchange, "{\"id\": \"org/name\", \"sha\": \"" + commit + "\", \"gated\": false, \"tags\": [1, {}]}");
        } else if (path.startsWith("/api/models/") && path.contains("/tree/")) {
            json(exchange, tree());
        } else if (path.contains("/resolve/")) {
            String file = path.substring(path.indexOf('/', path.indexOf("/resolve/") + 9) + 1);
            file(exchange, file, bounds);
        } else if (path.startsWith("/blob/")) {
            bytes(exchange, Objects.requireNonNull(blobs.get(path.substring(6))), bounds);
        } else {
            status(exchange, 404, Map.of());
        }
    }

    private static String header(HttpExchange exchange, String name) {
        String value = exchange.getRequestHeaders().getFirst(name);
        return value == null ? "" : value;
    }

    private static long[] bounds(String range) {
        if (range.isEmpty()) {
            return new long[] {0, Long.MAX_VALUE};
        }
        String ends = range.substring("bytes=".length());
        int dash = ends.indexOf('-');
        return new long[] {Long.parseLong(ends.substring(0, dash)), Long.parseLong(ends.substring(dash + 1)) + 1};
    }

    private void file(HttpExchange exchange, String file, long[] bounds) throws IOException {
        byte[] bytes = files.get(file);
        if (bytes == null) {
            status(exchange, 404, Map.of("X-Error-Code", "EntryNotFound"));
            return;
        }
        String hash = hash(file);
        exchange.getResponseHeaders().set("X-Repo-Commit", commit);
        if (large(file)) {
            exchange.getResponseHeaders().set("X-Linked-Etag", "\"" + hash + "\"");
            exchange.getResponseHeaders().set("X-Linked-Size", Integer.toString(bytes.length));
        }
        if (large(file) && !elsewhere.isEmpty()) {
            status(exchange, 302, Map.of("Location", elsewhere + "/blob/" + hash));
            return;
        }
        exchange.getResponseHeaders().set("ETag", "\"" + hash + "\"");
        bytes(exchange, bytes, bounds);
    }

    private void bytes(HttpExchange exchange, byte[] bytes, long[] bounds) throws IOException {
        boolean part = ranges && bounds[1] != Long.MAX_VALUE;
        int from = part ? (int) bounds[0] : 0;
        int to = part ? (int) Math.min(bounds[1], bytes.length) : bytes.length;
        if (part) {
            exchange.getResponseHeaders().set("Content-Range", "bytes " + from + "-" + (to - 1) + "/" + bytes.length);
        }
        exchange.sendResponseHeaders(part ? 206 : 200, to == from ? -1 : to - from);
        if (to > from) {
            sending.incrementAndGet();
            try {
                sender.send(new CountingStream(exchange.getResponseBody()), bytes, from, to);
            } finally {
                sending.decrementAndGet();
            }
        }
    }

    /** Counts from zero, once the answers of a client that left have noticed it. */
    void countAnew() throws InterruptedException {
        long until = System.nanoTime() + 10_000_000_000L;
        while (sending.get() > 0) {
            if (System.nanoTime() > until) {
                throw new AssertionError(sending + " answers are still being sent");
            }
            Thread.sleep(1);
        }
        served.set(0);
    }

    private final class CountingStream extends OutputStream {
        private final OutputStream out;

        CountingStream(OutputStream out) {
            this.out = out;
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int from, int length) throws IOException {
            out.write(bytes, from, length);
            out.flush();
            served.addAndGet(length);
        }
    }

    /** The list of files, as the Hub writes it. */
    String tree() {
        return files.entrySet().stream()
                .map(e -> entry(e.getKey(), e.getValue()))
                .collect(
                        Collectors.joining(", ", "[{\"type\": \"directory\", \"oid\": \"x\", \"path\": \"d\"}, ", "]"));
    }

    private String entry(String path, byte[] bytes) {
        String lfs = large(path)
                ? ", \"lfs\": {\"oid\": \"" + hash(path) + "\", \"size\": " + bytes.length
                        + ", \"pointerSize\": 130}, \"xetHash\": \"" + "ab".repeat(32) + "\""
                : "";
        String name = path.replace("\\", "\\\\").replace("\n", "\\n").replace("\0", "\\u0000");
        return "{\"type\": \"file\", \"oid\": \"" + (large(path) ? "9".repeat(40) : hash(path)) + "\", \"size\": "
                + bytes.length + ", \"path\": \"" + name + "\"" + lfs + "}";
    }

    static void json(HttpExchange exchange, String text) throws IOException {
        body(exchange, 200, "application/json; charset=utf-8", text);
    }

    static void body(HttpExchange exchange, int status, String type, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    static void status(HttpExchange exchange, int status, Map<String, String> headers) throws IOException {
        headers.forEach(exchange.getResponseHeaders()::set);
        exchange.sendResponseHeaders(status, -1);
    }

    /** Settings for this Hub and a cache. */
    HubSettings settings(java.nio.file.Path cache, Pace pace) {
        return new HubSettings(URI.create(endpoint()), cache, null, false, true, pace);
    }

    long requestsFor(String end) {
        return requests.stream().filter(r -> r.path().endsWith(end)).count();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
