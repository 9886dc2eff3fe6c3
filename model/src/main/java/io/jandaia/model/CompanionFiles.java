package io.jandaia.model;

import io.jandaia.error.JandaiaException;
import io.jandaia.tensor.ElementType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** What goes with the weights of a model in Hub layout: configuration, tokenizer, template, licence. */
final class CompanionFiles {

    private static final Pattern NAME = Pattern.compile(
            "(?!.*\\.index\\.json$)(?!(optimizer|trainer_state|training_args|all_results|train_results)).*\\.(json|jinja|model|txt)"
                    + "|(LICENSE|LICENCE|NOTICE|USE_POLICY).*",
            Pattern.CASE_INSENSITIVE);

    private CompanionFiles() {}

    /**
     * Copies them to where the weights of another model were written.
     *
     * @param type that the configuration is to name; null = that of the original
     */
    static void copy(Path from, Path to, @Nullable ElementType type) {
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.sorted().toList()) {
                String name = String.valueOf(file.getFileName());
                if (Files.isRegularFile(file) && NAME.matcher(name).matches()) {
                    Files.copy(file, to.resolve(name));
                }
            }
            if (type != null) {
                setType(to.resolve("config.json"), type);
            }
        } catch (IOException e) {
            throw new JandaiaException(
                    JandaiaException.Kind.RESOURCE,
                    "Cannot copy the files of " + from + " to " + to + ": " + e + "; check the disk.",
                    e);
        }
    }

    /** Says in the configuration of what type the weights are. */
    private static void setType(Path config, ElementType type) throws IOException {
        String name = switch (type) {
            case F16 -> "float16";
            case BF16 -> "bfloat16";
            default -> "float32";
        };
        JsonMapper mapper =
                JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();
        JsonNode json = mapper.readTree(Files.readString(config));
        if (json instanceof ObjectNode object) {
            object.put(object.has("dtype") ? "dtype" : "torch_dtype", name);
            Files.writeString(config, mapper.writeValueAsString(object) + "\n");
        }
    }
}
