package io.jandaia.cli;

import io.jandaia.cli.language.Texts;
import io.jandaia.cli.terminal.SafeText;
import io.jandaia.cli.terminal.Style;
import io.jandaia.cli.terminal.Tty;
import io.jandaia.error.JandaiaException;
import io.jandaia.model.LoadOptions;
import io.jandaia.model.ModelFiles;
import io.jandaia.model.ModelStore;
import io.jandaia.model.StoredModel;
import io.jandaia.tensor.StoredTensor;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code jandaia list}: the models that are here. */
@Command(name = "list", aliases = "ls", mixinStandardHelpOptions = true)
final class ListCommand implements Callable<Integer> {

    @Option(names = "--json")
    boolean json;

    /** For shells that complete the name of a model. */
    @Option(names = "--names", hidden = true)
    boolean names;

    private static final DateTimeFormatter DAY = DateTimeFormatter.ISO_LOCAL_DATE.withZone(ZoneId.systemDefault());

    private final PrintStream out;
    private final Texts texts;
    private final Tty tty;

    /**
     * A model that is here.
     *
     * @param type of most of its weights
     * @param reason why it cannot be used; null when it can
     */
    private record Entry(
            String name,
            Path path,
            boolean cached,
            String architecture,
            long parameters,
            String type,
            long bytes,
            Instant modified,
            @Nullable String reason) {}

    ListCommand(PrintStream out, Texts texts, Tty tty) {
        this.out = out;
        this.texts = texts;
        this.tty = tty;
    }

    @Override
    public Integer call() {
        ModelStore store = ModelStore.local();
        if (names) {
            store.list().keySet().forEach(out::println);
            return 0;
        }
        List<Entry> entries = new ArrayList<>();
        store.models().forEach(m -> entries.add(entry(m)));
        if (json) {
            out.println(toJson(entries));
        } else if (entries.isEmpty()) {
            out.println(texts.get("list.none", store.cache()));
        } else {
            print(entries);
        }
        return 0;
    }

    /** What its headers say; the weights stay where they are. */
    private static Entry entry(StoredModel m) {
        try (ModelFiles files = ModelFiles.open(m.path(), LoadOptions.DEFAULT)) {
            Map<String, Long> types = new HashMap<>();
            long parameters = 0;
            for (StoredTensor t : files.tensors().values()) {
                types.merge(t.type().name(), t.count(), Long::sum);
                parameters += t.count();
            }
            String type = types.entrySet().stream()
                    .max(Map.Entry.comparingByValue())
                    .map(Map.Entry::getKey)
                    .orElse("");
            return new Entry(
                    m.name(),
                    m.path(),
                    m.cached(),
                    files.architecture(),
                    parameters,
                    type,
                    m.size(),
                    m.modified(),
                    null);
        } catch (JandaiaException e) {
            return new Entry(m.name(), m.path(), m.cached(), "", 0, "", m.size(), m.modified(), e.getMessage());
        }
    }

    private void print(List<Entry> entries) {
        List<String[]> rows = new ArrayList<>();
        rows.add(Stream.of("name", "architecture", "parameters", "type", "size", "modified", "where")
                .map(key -> texts.get("list." + key))
                .toArray(String[]::new));
        for (Entry e : entries) {
            rows.add(new String[] {
                SafeText.of(e.name),
                SafeText.of(e.architecture),
                e.parameters == 0 ? "" : short3(e.parameters, "K", "M", "B"),
                e.type,
                short3(e.bytes, "kB", "MB", "GB"),
                DAY.format(e.modified),
                e.cached ? texts.get("list.cache") : texts.get("list.home")
            });
        }
        int[] widths = new int[rows.getFirst().length];
        for (String[] row : rows) {
            for (int i = 0; i < row.length; i++) {
                widths[i] = Math.max(widths[i], row[i].length());
            }
        }
        for (int r = 0; r < rows.size(); r++) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < widths.length; i++) {
                line.append(String.format(Locale.ROOT, "%-" + widths[i] + "s  ", rows.get(r)[i]));
            }
            String text = line.toString().stripTrailing();
            out.println(r == 0 && tty.styled() ? Style.on(text, Style.BOLD) : text);
            String reason = r == 0 ? null : entries.get(r - 1).reason;
            if (reason != null) {
                out.println("    " + texts.get("list.broken", SafeText.of(reason)));
            }
        }
    }

    /** A number with three digits: 7.3M, 596M, 1.24B. */
    static String short3(long n, String thousand, String million, String billion) {
        double value = n;
        String unit = "";
        for (String next : new String[] {thousand, million, billion}) {
            if (value < 999.5) {
                break;
            }
            value /= 1000;
            unit = next;
        }
        String format = unit.isEmpty() || value >= 99.95 ? "%.0f%s" : value >= 9.995 ? "%.1f%s" : "%.2f%s";
        return String.format(Locale.ROOT, format, value, unit);
    }

    private static String toJson(List<Entry> entries) {
        ObjectNode json = JsonMapper.shared().createObjectNode();
        ArrayNode models = json.putArray("models");
        for (Entry e : entries) {
            ObjectNode m = models.addObject()
                    .put("name", e.name)
                    .put("path", e.path.toString())
                    .put("source", e.cached ? "huggingface-cache" : "home");
            if (e.reason == null) {
                m.put("architecture", e.architecture)
                        .put("parameters", e.parameters)
                        .put("type", e.type);
            }
            m.put("bytes", e.bytes).put("modified", e.modified.toString());
            m.put("error", e.reason);
        }
        return json.toString();
    }
}
