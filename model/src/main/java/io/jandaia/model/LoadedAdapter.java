package io.jandaia.model;

import io.jandaia.model.nn.AdapterWeights;
import java.nio.file.Path;
import java.util.List;

/**
 * An adapter beside a running model.
 *
 * @param name by which requests choose it
 * @param scale what its own strength is multiplied with
 * @param modules how many modules of the base it changes
 * @param notes what the user should know about it, a sentence each
 */
public record LoadedAdapter(
        String name, Path path, double scale, int modules, List<String> notes, AdapterWeights weights) {}
