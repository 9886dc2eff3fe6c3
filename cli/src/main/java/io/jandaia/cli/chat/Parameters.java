package io.jandaia.cli.chat;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.GenerateOptions;
import java.util.List;
import java.util.Map;

/** The parameters of generation, by the names that the command line gives them. */
public interface Parameters {

    /** All of them: {@code temperature}, {@code top-k} ... */
    List<String> names();

    /** What a parameter does, a sentence. */
    String description(String name);

    /**
     * The options with these values in effect and all others at the model's defaults.
     *
     * @param values as they were typed; several where a parameter may be repeated
     * @throws JandaiaException USAGE when a value is none for its parameter
     */
    GenerateOptions options(Map<String, List<String>> values);
}
