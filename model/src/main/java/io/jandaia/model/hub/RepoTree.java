package io.jandaia.model.hub;

import io.jandaia.error.JandaiaException;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.json.JsonFactory;

/**
 * Reads and writes what a repository says of itself: its commit, and the files of that commit. Read as a stream, so that an
 * absurd answer costs no memory; names that could harm are refused with the whole list.
 */
final class RepoTree {

    /** More files than any model has. */
    static final int MAX_FILES = 100_000;

    private static final int MAX_DEPTH = 32;
    private static final int FORMAT = 1;
    private static final long MAX_SIZE = 1L << 50;
    private static final Pattern HASH = Pattern.compile("[0-9a-f]{40}|[0-9a-f]{64}");

    private static final JsonFactory JSON = JsonFactory.builder()
            .disable(TokenStreamFactory.Feature.CANONICALIZE_PROPERTY_NAMES)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH)
                    .maxNameLength(4096)
                    .maxStringLength(1 << 20)
                    .build())
            .build();

    private RepoTree() {}

    /** The commit in an answer of {@code /api/models/ID/revision/REVISION}. */
    static String commit(byte[] json, String from) {
        String commit = "";
        try (JsonParser p = parser(json)) {
            expect(p.nextToken() == JsonToken.START_OBJECT, from, "an object with the commit");
            while (p.nextToken() != JsonToken.END_OBJECT) {
                boolean sha = p.currentName().equals("sha");
                if (p.nextToken() == JsonToken.VALUE_STRING && sha) {
                    commit = p.getString();
                }
                p.skipChildren();
            }
        } catch (JacksonException e) {
            throw broken(from, e);
        }
        expect(Names.COMMIT.matcher(commit).matches(), from, "a commit of 40 hexadecimal digits");
        return commit;
    }

    /** Adds the files of one page of {@code /api/models/ID/tree/COMMIT}. */
    static void addPage(byte[] json, String from, List<RepoFile> files) {
        try (JsonParser p = parser(json)) {
            expect(p.nextToken() == JsonToken.START_ARRAY, from, "a list of files");
            while (p.nextToken() != JsonToken.END_ARRAY) {
                expect(p.currentToken() == JsonToken.START_OBJECT, from, "a list of files");
                Entry entry = entry(p);
                if (entry.file) {
                    expect(files.size() < MAX_FILES, from, "at most " + MAX_FILES + " files");
                    files.add(entry.toFile(from));
                }
            }
        } catch (JacksonException e) {
            throw broken(from, e);
        }
    }

    /** The files in a {@code trees/COMMIT.json} of the cache. */
    static List<RepoFile> read(byte[] json, String from) {
        List<RepoFile> files = new ArrayList<>();
        try (JsonParser p = parser(json)) {
            expect(p.nextToken() == JsonToken.START_OBJECT, from, "an object");
            while (p.nextToken() != JsonToken.END_OBJECT) {
                String name = p.currentName();
                JsonToken value = p.nextToken();
                if (name.equals("format_version")) {
                    boolean known = value == JsonToken.VALUE_NUMBER_INT && p.getIntValue() == FORMAT;
                    expect(known, from, "format_version " + FORMAT);
                } else if (name.equals("files") && value == JsonToken.START_OBJECT) {
                    while (p.nextToken() != JsonToken.END_OBJECT) {
                        String path = p.currentName();
                        expect(p.nextToken() == JsonToken.START_OBJECT, from, "files as objects");
                        expect(files.size() < MAX_FILES, from, "at most " + MAX_FILES + " files");
                        Entry entry = entry(p);
                        entry.path = path;
                        files.add(entry.toFile(from));
                    }
                } else {
                    p.skipChildren();
                }
            }
        } catch (JacksonException e) {
            throw broken(from, e);
        }
        return List.copyOf(files);
    }

    /** What {@link #read} reads, in the form and order that the Python client writes. */
    static String write(List<RepoFile> files) {
        Map<String, RepoFile> sorted = new TreeMap<>();
        files.forEach(f -> sorted.put(f.path(), f));
        StringWriter out = new StringWriter();
        try (JsonGenerator g = JSON.createGenerator(ObjectWriteContext.empty(), out)) {
            g.writeStartObject();
            g.writeNumberProperty("format_version", FORMAT);
            g.writeObjectPropertyStart("files");
            for (RepoFile f : sorted.values()) {
                g.writeObjectPropertyStart(f.path());
                g.writeNumberProperty("size", f.size());
                g.writeStringProperty("blob_id", f.oid());
                if (f.sha256() != null) {
                    g.writeStringProperty("lfs_sha256", f.sha256());
                    g.writeNumberProperty("lfs_size", f.size());
                }
                if (f.xetHash() != null) {
                    g.writeStringProperty("xet_hash", f.xetHash());
                }
                g.writeEndObject();
            }
            g.writeEndObject();
            g.writeEndObject();
        }
        return out.toString();
    }

    /** One file as the two forms have it. */
    private static final class Entry {
        private boolean file;
        private String path = "";
        private long size = -1;
        private long lfsSize = -1;
        private String oid = "";
        private @Nullable String sha256;
        private @Nullable String xetHash;

        RepoFile toFile(String from) {
            String problem = Names.problem(path);
            if (problem != null) {
                throw JandaiaException.format(from + " has a file named " + Names.quote(path) + ", which " + problem
                        + "; nothing is fetched from there.");
            }
            long bytes = lfsSize >= 0 ? lfsSize : size;
            expect(bytes >= 0 && bytes <= MAX_SIZE, from, "a size for the file " + Names.quote(path));
            expect(HASH.matcher(oid).matches(), from, "the hash of the file " + Names.quote(path));
            expect(
                    sha256 == null || Names.SHA256.matcher(sha256).matches(),
                    from,
                    "the SHA-256 of the file " + Names.quote(path));
            boolean xet = xetHash != null && Names.SHA256.matcher(xetHash).matches();
            return new RepoFile(path, bytes, oid, sha256, xet ? xetHash : null);
        }
    }

    private static Entry entry(JsonParser p) {
        Entry e = new Entry();
        while (p.nextToken() != JsonToken.END_OBJECT) {
            String name = p.currentName();
            JsonToken value = p.nextToken();
            switch (name) {
                case "type" -> e.file = "file".equals(p.getValueAsString());
                case "path" -> e.path = string(p, value);
                case "oid", "blob_id" -> e.oid = string(p, value);
                case "size" -> e.size = number(p, value);
                case "xetHash", "xet_hash" -> e.xetHash = p.getValueAsString();
                case "lfs_sha256" -> e.sha256 = p.getValueAsString();
                case "lfs_size" -> e.lfsSize = number(p, value);
                case "lfs" -> {
                    if (value == JsonToken.START_OBJECT) {
                        lfs(p, e);
                        continue;
                    }
                }
                default -> {}
            }
            p.skipChildren();
        }
        return e;
    }

    private static void lfs(JsonParser p, Entry e) {
        e.sha256 = "";
        while (p.nextToken() != JsonToken.END_OBJECT) {
            String name = p.currentName();
            JsonToken value = p.nextToken();
            switch (name) {
                case "oid" -> e.sha256 = string(p, value);
                case "size" -> e.lfsSize = number(p, value);
                default -> {}
            }
            p.skipChildren();
        }
    }

    private static String string(JsonParser p, JsonToken value) {
        return value == JsonToken.VALUE_STRING ? p.getString() : "";
    }

    private static long number(JsonParser p, JsonToken value) {
        return value == JsonToken.VALUE_NUMBER_INT ? p.getLongValue() : -1;
    }

    private static JsonParser parser(byte[] json) {
        return JSON.createParser(ObjectReadContext.empty(), json);
    }

    private static void expect(boolean holds, String from, String what) {
        if (!holds) {
            throw JandaiaException.format(from + " is not as expected: it should have " + what
                    + ". Is HF_ENDPOINT an address of a Hub or of a mirror of it?");
        }
    }

    private static JandaiaException broken(String from, JacksonException e) {
        String problem =
                String.valueOf(e.getOriginalMessage()).lines().findFirst().orElse("");
        return new JandaiaException(
                JandaiaException.Kind.FORMAT,
                from + " is no JSON as expected: " + Names.quote(problem)
                        + ". Is HF_ENDPOINT an address of a Hub or of a mirror of it?",
                e);
    }

    /** A copy without repetitions, in the order of the paths. */
    static List<RepoFile> sorted(List<RepoFile> files, String from) {
        Map<String, RepoFile> sorted = new TreeMap<>();
        for (RepoFile f : files) {
            expect(sorted.put(f.path(), f) == null, from, "each file once, not twice " + Names.quote(f.path()));
        }
        return Collections.unmodifiableList(new ArrayList<>(sorted.values()));
    }
}
