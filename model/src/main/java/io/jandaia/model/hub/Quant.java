package io.jandaia.model.hub;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How a repository calls its GGUF files: by the quantisation in their names, as in {@code name-Q4_K_M.gguf} or {@code
 * Q4_K_M/name-Q4_K_M-00001-of-00002.gguf}.
 */
public final class Quant {

    /** What is taken when nobody chose. */
    public static final String USUAL = "Q4_K_M";

    private static final String SUFFIX = ".gguf";
    private static final Pattern PART = Pattern.compile("(.*)-(\\d{5})-of-(\\d{5})");
    private static final Pattern LABEL = Pattern.compile(
            "(?i)(?<![A-Za-z0-9])((?:UD-)?(?:I?Q\\d+|TQ\\d)(?:_[A-Z0-9]+)*|B?F16|F32|FP16|FP32|MXFP4(?:_[A-Z0-9]+)*|NVFP4)(?![A-Za-z0-9])");

    private Quant() {}

    /** Whether a file is one of a model: GGUF, and neither a projector for images nor a matrix of importances. */
    public static boolean isModel(String path) {
        String name = path.substring(path.lastIndexOf('/') + 1).toLowerCase(Locale.ROOT);
        return name.endsWith(SUFFIX) && !name.contains("mmproj") && !name.startsWith("imatrix");
    }

    /** The quantisation that a path names, in capitals; empty when it names none. */
    public static String of(String path) {
        String stem = stem(path);
        String label = last(stem.substring(stem.lastIndexOf('/') + 1));
        return label.isEmpty() ? last(stem) : label;
    }

    /** Whether a file is a part of a split model, but not the first. */
    public static boolean isLaterPart(String path) {
        Matcher m = PART.matcher(withoutSuffix(path));
        return m.matches() && Integer.parseInt(m.group(2)) > 1;
    }

    /**
     * The models among paths, each with all its files in their order; by quantisation, or by the name where that says none.
     * Several models of one quantisation have their names too.
     */
    public static Map<String, List<String>> models(List<String> paths) {
        Map<String, List<String>> byStem = new TreeMap<>();
        paths.stream()
                .filter(Quant::isModel)
                .sorted()
                .forEach(p ->
                        byStem.computeIfAbsent(stem(p), s -> new ArrayList<>()).add(p));
        Map<String, List<String>> models = new TreeMap<>();
        byStem.forEach((stem, files) -> {
            String quant = of(files.getFirst());
            boolean alone = !quant.isEmpty()
                    && byStem.values().stream()
                                    .filter(f -> of(f.getFirst()).equals(quant))
                                    .count()
                            == 1;
            models.put(alone ? quant : stem.substring(stem.lastIndexOf('/') + 1), files);
        });
        return models;
    }

    /** The files of the model that is meant: by name, or without one the usual or the only one; none when that decides nothing. */
    static List<String> choose(Map<String, List<String>> models, @Nullable String wanted) {
        if (wanted == null && models.size() == 1) {
            return models.values().iterator().next();
        }
        String name = wanted == null ? USUAL : wanted;
        return models.entrySet().stream()
                .filter(m -> m.getKey().equalsIgnoreCase(name))
                .findFirst()
                .map(Map.Entry::getValue)
                .orElse(List.of());
    }

    private static String last(String text) {
        String label = "";
        for (Matcher m = LABEL.matcher(text); m.find(); ) {
            label = m.group(1).toUpperCase(Locale.ROOT);
        }
        return label;
    }

    private static String stem(String path) {
        String name = withoutSuffix(path);
        Matcher m = PART.matcher(name);
        return m.matches() ? m.group(1) : name;
    }

    private static String withoutSuffix(String path) {
        return path.substring(0, path.length() - SUFFIX.length());
    }
}
