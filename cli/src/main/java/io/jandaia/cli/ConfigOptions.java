package io.jandaia.cli;

import java.util.List;
import picocli.CommandLine.Option;

/** The options of every command that reads a model's configuration. */
final class ConfigOptions {

    @Option(
            names = "--ignore-config-key",
            paramLabel = "KEY",
            split = ",",
            description =
                    "A key of the model's configuration that is unknown to this version but known to be harmless.")
    List<String> ignoredKeys = List.of();
}
