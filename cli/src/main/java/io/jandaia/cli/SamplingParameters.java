package io.jandaia.cli;

import io.jandaia.cli.chat.Parameters;
import io.jandaia.cli.language.Texts;
import io.jandaia.model.GenerateOptions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** The sampling options of the command line as parameters of the chat: same names, same values, same errors. */
final class SamplingParameters implements Parameters {

    private final Texts texts;
    private final @Nullable String adapter;

    /** @param adapter that answers are made with; null = none */
    SamplingParameters(Texts texts, @Nullable String adapter) {
        this.texts = texts;
        this.adapter = adapter;
    }

    @CommandLine.Command(name = "jandaia.run")
    private static final class Holder {
        @CommandLine.Mixin
        SamplingOptions options = new SamplingOptions();
    }

    private CommandLine line(Holder holder) {
        CommandLine line = new CommandLine(holder);
        line.setResourceBundle(texts.bundle());
        return line;
    }

    @Override
    public List<String> names() {
        return line(new Holder()).getCommandSpec().options().stream()
                .map(SamplingParameters::name)
                .toList();
    }

    private static String name(OptionSpec option) {
        return option.longestName().substring("--".length());
    }

    @Override
    public String description(String name) {
        return String.join(
                " ", line(new Holder()).getCommandSpec().findOption("--" + name).description());
    }

    @Override
    public GenerateOptions options(Map<String, List<String>> values) {
        List<String> words = new ArrayList<>();
        values.forEach((name, all) -> all.forEach(value -> words.add("--" + name + "=" + value)));
        Holder holder = new Holder();
        try {
            line(holder).parseArgs(words.toArray(String[]::new));
        } catch (CommandLine.ParameterException e) {
            throw texts.usage("parse.parameter", ParseErrors.sentence(e, texts));
        }
        return holder.options.toGenerate().adapter(adapter);
    }

    /** Those that were given on a command line, as they were typed. */
    Map<String, List<String>> given(ParseResult parsed) {
        List<String> names = names();
        Map<String, List<String>> given = new LinkedHashMap<>();
        for (OptionSpec option : parsed.matchedOptionsSet()) {
            if (option.longestName().startsWith("--") && names.contains(name(option))) {
                List<String> values = option.originalStringValues();
                given.put(
                        name(option),
                        values.stream().map(v -> v.isEmpty() ? "true" : v).toList());
            }
        }
        return given;
    }
}
