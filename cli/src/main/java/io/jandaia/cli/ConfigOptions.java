package io.jandaia.cli;

import java.util.List;
import picocli.CommandLine.Option;

/** The options of every command that reads a model's configuration. */
final class ConfigOptions {

    @Option(names = "--ignore-config-key", paramLabel = "KEY", split = ",")
    List<String> ignoredKeys = List.of();
}
