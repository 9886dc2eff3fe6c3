package io.jandaia.model;

import io.jandaia.tensor.Numerics;
import io.jandaia.tensor.kernel.KernelSets;
import io.jandaia.tensor.kernel.Kernels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The folders with models and what transformers computes on them: the project's own, or all where they are there. */
final class GoldenFolders {

    private static final Path OWN = Path.of("src/test/resources/golden/models");
    /** Another set may be given: {@code -Djandaia.golden=FOLDER}. */
    private static final Path SHARED = Path.of(System.getProperty("jandaia.golden", "../../shared/golden/models"));
    /** Where the project's copy was computed anew, from the files: sinusoidal positions are in none, and were others. */
    private static final Set<String> CORRECTED = Set.of("marian");

    /** A model with one kernel set. */
    record Case(Path folder, Kernels kernels, JsonNode expected) {
        LoadOptions options() {
            String set = kernels.name();
            return LoadOptions.DEFAULT
                    .threads(2)
                    .numerics(Numerics.EXACT)
                    .kernels(set.contains("-") ? set.substring(0, set.indexOf('-')) : set);
        }

        /** What stored numbers of this type allow to differ. */
        double tolerance() {
            boolean float32 =
                    expected.path("stored_dtype").asString("torch.float32").endsWith("float32");
            return float32 ? 2e-4 : 1e-3;
        }

        @Override
        public String toString() {
            return folder.getFileName() + " with " + kernels.name();
        }
    }

    private GoldenFolders() {}

    /** The models of the kinds that are asked for. */
    static Stream<Case> of(Predicate<String> kind) throws IOException {
        boolean all = Files.isDirectory(SHARED);
        if (!all) {
            System.out.println("NOT RUN: golden models that the project holds no copy of need ../shared/golden");
        }
        List<Case> out = new ArrayList<>();
        try (Stream<Path> folders = Files.list(all ? SHARED : OWN)) {
            for (Path folder : folders.sorted().toList()) {
                String name = folder.getFileName().toString();
                Path file = (CORRECTED.contains(name) ? OWN.resolve(name) : folder).resolve("expected.json");
                if (!Files.exists(file)) {
                    continue;
                }
                JsonNode expected = JsonMapper.shared().readTree(file.toFile());
                if (kind.test(expected.path("kind").asString(""))) {
                    KernelSets.available().forEach(k -> out.add(new Case(folder, k, expected)));
                }
            }
        }
        return out.stream();
    }

    static int[] ints(JsonNode array) {
        int[] out = new int[array.size()];
        for (int i = 0; i < out.length; i++) {
            out[i] = array.get(i).asInt();
        }
        return out;
    }
}
