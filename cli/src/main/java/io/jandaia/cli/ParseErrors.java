package io.jandaia.cli;

import io.jandaia.cli.language.Texts;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/** What picocli found wrong with a command line, as a sentence in the user's language. */
final class ParseErrors {

    private ParseErrors() {}

    static String sentence(CommandLine.ParameterException e, Texts texts) {
        return switch (e) {
            case CommandLine.UnmatchedArgumentException u -> unmatched(u, texts);
            case CommandLine.MissingParameterException m when !m.getMissing().isEmpty() -> missing(m, texts);
            case CommandLine.OverwrittenOptionException o -> texts.get("parse.twice", name(o.getOverwritten()));
            default -> {
                ArgSpec argument = e.getArgSpec();
                String value = e.getValue();
                yield argument != null && value != null
                        ? texts.get("parse.value", value, name(argument))
                        : texts.get(
                                "parse.other", String.valueOf(e.getMessage()).replaceAll("\\R\\s*", " "));
            }
        };
    }

    private static String unmatched(CommandLine.UnmatchedArgumentException e, Texts texts) {
        List<String> words = e.getUnmatched();
        String all = words.stream().map(w -> "'" + w + "'").collect(Collectors.joining(", "));
        String sentence = texts.get(
                e.isUnknownOption()
                        ? "parse.option"
                        : e.getCommandLine().getParent() == null ? "parse.command" : "parse.words",
                all);
        List<String> near = e.getSuggestions();
        return near.isEmpty() ? sentence : sentence + " " + texts.get("parse.near", String.join(", ", near));
    }

    /** An option without its value, or an argument that a command needs. */
    private static String missing(CommandLine.MissingParameterException e, Texts texts) {
        ArgSpec first = Objects.requireNonNull(e.getMissing().getFirst());
        if (first instanceof OptionSpec option && !option.required()) {
            return texts.get("parse.no.value", name(option), option.paramLabel());
        }
        String all = e.getMissing().stream().map(ParseErrors::name).collect(Collectors.joining(", "));
        return texts.get("parse.missing", all);
    }

    private static String name(ArgSpec argument) {
        return argument instanceof OptionSpec option ? option.longestName() : argument.paramLabel();
    }
}
