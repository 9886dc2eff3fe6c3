package io.jandaia.model.hub;

import io.jandaia.error.JandaiaException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Which files of a repository are wanted. By itself what it takes to run the model: its configuration, tokenizer and
 * templates, its licence, and its weights in one format only: safetensors, else PyTorch's, else one GGUF file.
 *
 * @param include patterns with {@code *} and {@code ?}; when there are any, exactly what they match is wanted
 * @param exclude patterns of what is not wanted
 * @param all whether every file is wanted
 */
public record Selection(List<String> include, List<String> exclude, boolean all) {

    /** What it takes to run the model. */
    public static final Selection USUAL = new Selection(List.of(), List.of(), false);

    private static final Pattern SIDE = Pattern.compile("(?i).*\\.(json|txt|model|jinja|tiktoken|vocab|bpe)");
    private static final Pattern LICENCE = Pattern.compile("(?i)(LICEN[SC]E|NOTICE|USE_POLICY).*");
    private static final Pattern TRAINING =
            Pattern.compile("(?i)(trainer_state|.*_results|trainer_log|optimizer.*|scheduler.*|rng_state.*)\\.json"
                    + "|requirements.*\\.txt|.*\\.(safetensors|bin|h5|msgpack)\\.index\\.json");
    private static final Pattern TEMPLATE = Pattern.compile("additional_chat_templates/[^/]+\\.jinja");
    /** Folders of sentence-transformers: 1_Pooling, 2_Dense. */
    private static final Pattern MODULE = Pattern.compile("\\d+_[A-Za-z]+/(config\\.json|.*\\.safetensors|.*\\.bin)");

    /** Weights in the order of preference; of the first that is there all files are taken, and its index. */
    private static final List<Pattern> WEIGHTS = List.of(
            Pattern.compile("model\\.safetensors"),
            Pattern.compile("model-\\d{5}-of-\\d{5}\\.safetensors|model\\.safetensors\\.index\\.json"),
            Pattern.compile("adapter_model\\.safetensors"),
            Pattern.compile("(?!consolidated)[^/]+\\.safetensors(\\.index\\.json)?"),
            Pattern.compile("pytorch_model\\.bin"),
            Pattern.compile("pytorch_model-\\d{5}-of-\\d{5}\\.bin|pytorch_model\\.bin\\.index\\.json"),
            Pattern.compile("adapter_model\\.bin"));

    public Selection {
        include = List.copyOf(include);
        exclude = List.copyOf(exclude);
        if (all && !include.isEmpty()) {
            throw JandaiaException.usage("All files are asked for, and only some of them too; give one or the other.");
        }
    }

    /**
     * The wanted files of a repository.
     *
     * @throws JandaiaException NOT_FOUND when nothing matches, USAGE when a choice is needed
     */
    List<RepoFile> of(List<RepoFile> tree, ModelName model) {
        Predicate<RepoFile> wanted = wanted(tree, model);
        Predicate<RepoFile> unwanted = matcher(exclude);
        List<RepoFile> files =
                tree.stream().filter(wanted).filter(unwanted.negate()).toList();
        if (files.isEmpty()) {
            throw JandaiaException.notFound("None of the " + tree.size() + " files of " + model.id() + " is wanted"
                    + (include.isEmpty() && exclude.isEmpty() ? "" : " by these patterns") + "; there are "
                    + listed(tree.stream().map(RepoFile::path).toList()) + ".");
        }
        refuseCollisions(files, model);
        return files;
    }

    /** Whether there are weights among files. */
    static boolean hasWeights(List<RepoFile> files) {
        return files.stream()
                .map(f -> f.name().toLowerCase(Locale.ROOT))
                .anyMatch(n -> n.endsWith(".safetensors") || n.endsWith(".gguf") || n.endsWith(".bin"));
    }

    private Predicate<RepoFile> wanted(List<RepoFile> tree, ModelName model) {
        if (all) {
            return f -> true;
        }
        if (!include.isEmpty()) {
            return matcher(include);
        }
        Pattern weights = WEIGHTS.stream()
                .filter(p -> tree.stream().anyMatch(f -> p.matcher(f.path()).matches()))
                .findFirst()
                .orElse(null);
        Map<String, List<String>> quants =
                Quant.models(tree.stream().map(RepoFile::path).toList());
        if (model.quant() != null || (weights == null && !quants.isEmpty())) {
            Set<String> files = Set.copyOf(gguf(quants, model));
            return f -> files.contains(f.path()) || isLicence(f);
        }
        return f -> isSide(f)
                || isLicence(f)
                || (weights != null && weights.matcher(f.path()).matches())
                || isModule(f, tree);
    }

    private static boolean isLicence(RepoFile f) {
        return f.atRoot() && LICENCE.matcher(f.path()).matches();
    }

    private static boolean isSide(RepoFile f) {
        return (f.atRoot()
                        && SIDE.matcher(f.path()).matches()
                        && !TRAINING.matcher(f.path()).matches())
                || TEMPLATE.matcher(f.path()).matches();
    }

    /** Of a module's folder its safetensors, or else its PyTorch file. */
    private static boolean isModule(RepoFile f, List<RepoFile> tree) {
        if (!MODULE.matcher(f.path()).matches()) {
            return false;
        }
        String folder = f.path().substring(0, f.path().lastIndexOf('/') + 1);
        return !f.path().endsWith(".bin")
                || tree.stream()
                        .noneMatch(o -> o.path().startsWith(folder) && o.path().endsWith(".safetensors"));
    }

    private static List<String> gguf(Map<String, List<String>> quants, ModelName model) {
        List<String> chosen = Quant.choose(quants, model.quant());
        if (!chosen.isEmpty()) {
            return chosen;
        }
        if (quants.isEmpty()) {
            throw JandaiaException.notFound(model.id() + " has no GGUF files, so there is no "
                    + Names.quote(String.valueOf(model.quant())) + " to choose; name it as " + model.id() + ".");
        }
        String there = listed(List.copyOf(quants.keySet()));
        if (model.quant() != null) {
            throw JandaiaException.notFound(
                    model.id() + " has no " + Names.quote(model.quant()) + "; it has " + there + ".");
        }
        throw JandaiaException.usage(
                model.id() + " has several GGUF files and no " + Quant.USUAL + "; choose one as in " + model.id() + ":"
                        + quants.keySet().iterator().next() + ". It has " + there + ".");
    }

    /** Where letters' case makes no difference, one of two such files would overwrite the other. */
    private static void refuseCollisions(List<RepoFile> files, ModelName model) {
        Map<String, String> seen = new HashMap<>();
        Set<String> folders = new HashSet<>();
        for (RepoFile f : files) {
            String folded = fold(f.path());
            String other = seen.put(folded, f.path());
            if (other != null) {
                throw collision(model, other, f.path());
            }
            for (int i = folded.indexOf('/'); i >= 0; i = folded.indexOf('/', i + 1)) {
                folders.add(folded.substring(0, i));
            }
        }
        for (RepoFile f : files) {
            if (folders.contains(fold(f.path()))) {
                throw collision(model, f.path(), f.path() + "/...");
            }
        }
    }

    private static String fold(String path) {
        return path.toUpperCase(Locale.ROOT).toLowerCase(Locale.ROOT);
    }

    private static JandaiaException collision(ModelName model, String a, String b) {
        return JandaiaException.format(model.id() + " has the files " + Names.quote(a) + " and " + Names.quote(b)
                + ", which cannot be side by side everywhere; leave one of them out with --exclude.");
    }

    private static Predicate<RepoFile> matcher(List<String> patterns) {
        List<Pattern> compiled = new ArrayList<>();
        patterns.forEach(p -> compiled.add(glob(p.endsWith("/") ? p + "*" : p)));
        return f -> compiled.stream().anyMatch(p -> p.matcher(f.path()).matches());
    }

    /** As the Python client matches: {@code *} goes through slashes. */
    private static Pattern glob(String pattern) {
        StringBuilder regex = new StringBuilder();
        for (int i = 0; i < pattern.length(); i++) {
            char c = pattern.charAt(i);
            int close = c == '[' ? pattern.indexOf(']', i + 2) : -1;
            if (c == '*') {
                regex.append(regex.toString().endsWith(".*") ? "" : ".*");
            } else if (c == '?') {
                regex.append('.');
            } else if (close > 0) {
                String set = pattern.substring(i + 1, close);
                regex.append(set.startsWith("!") ? "[^" : "[");
                regex.append(set.substring(set.startsWith("!") ? 1 : 0).replaceAll("([\\\\\\[\\]^&])", "\\\\$1"));
                regex.append(']');
                i = close;
            } else {
                regex.append(Pattern.quote(String.valueOf(c)));
            }
        }
        try {
            return Pattern.compile(regex.toString(), Pattern.DOTALL);
        } catch (PatternSyntaxException e) {
            throw JandaiaException.usage("The pattern " + Names.quote(pattern) + " cannot be understood.");
        }
    }

    private static String listed(List<String> names) {
        int most = 30;
        String text = String.join(
                ", ", names.stream().limit(most).map(Selection::plain).toList());
        return names.size() > most ? text + " and " + (names.size() - most) + " more" : text;
    }

    private static String plain(String name) {
        String quoted = Names.quote(name);
        return quoted.substring(1, quoted.length() - 1);
    }
}
