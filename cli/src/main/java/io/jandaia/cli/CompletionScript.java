package io.jandaia.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Scripts that complete command lines, written from what picocli knows of the commands. */
final class CompletionScript {

    private final String name;
    private final CommandSpec root;
    private final Map<String, CommandSpec> commands = new LinkedHashMap<>();

    CompletionScript(CommandSpec root) {
        this.name = root.name();
        this.root = root;
        for (CommandLine c : root.subcommands().values()) {
            commands.putIfAbsent(c.getCommandName(), c.getCommandSpec());
        }
    }

    /** For {@code source <(jandaia completion bash)}. */
    String bash() {
        StringBuilder cases = new StringBuilder();
        commands.forEach((n, c) -> cases.append("        %s) options='%s' ;;\n".formatted(words(c), options(c))));
        return """
                # Completion of %1$s for bash: source <(%1$s completion bash)
                _%1$s() {
                    local word=${COMP_WORDS[COMP_CWORD]} command= options= i
                    for ((i = 1; i < COMP_CWORD; i++)); do
                        case ${COMP_WORDS[i]} in
                            %2$s)
                                command=${COMP_WORDS[i]}
                                break
                                ;;
                        esac
                    done
                    case $command in
                %3$s        *) options='%4$s' ;;
                    esac
                    COMPREPLY=()
                    case $command:$word in
                        *:-*) COMPREPLY=($(compgen -W "$options" -- "$word")) ;;
                        :*) COMPREPLY=($(compgen -W '%5$s' -- "$word")) ;;
                        %6$s)
                            COMPREPLY=($(compgen -W "$("${COMP_WORDS[0]}" list --names 2> /dev/null)" -- "$word"))
                            ;;
                    esac
                }
                complete -o bashdefault -o default -F _%1$s %1$s
                """.formatted(
                        name,
                        commands.values().stream().map(CompletionScript::words).collect(Collectors.joining(" | ")),
                        cases,
                        options(root),
                        String.join(" ", commands.keySet()),
                        takingModels().stream().map(n -> n + ":*").collect(Collectors.joining(" | ")));
    }

    /** For {@code source <(jandaia completion zsh)}. */
    String zsh() {
        StringBuilder cases = new StringBuilder();
        commands.forEach((n, c) -> cases.append("        %s) options=(%s) ;;\n".formatted(words(c), described(c))));
        String all = commands.entrySet().stream()
                .map(e -> quoted(e.getKey() + ":" + summary(e.getValue())))
                .collect(Collectors.joining(" "));
        return """
                #compdef %1$s
                # Completion of %1$s for zsh: source <(%1$s completion zsh)
                _%1$s() {
                    local command word
                    local -a options commands models
                    for word in ${words[2,CURRENT-1]}; do
                        case $word in
                            %2$s)
                                command=$word
                                break
                                ;;
                        esac
                    done
                    case $command in
                %3$s        *) options=(%4$s) ;;
                    esac
                    if [[ $PREFIX == -* ]]; then
                        _describe -o option options
                    elif [[ -z $command ]]; then
                        commands=(%5$s)
                        _describe command commands
                    else
                        case $command in
                            %6$s)
                                models=(${(f)"$(${words[1]} list --names 2> /dev/null)"})
                                compadd -a models
                                ;;
                        esac
                        _files
                    fi
                }
                compdef _%1$s %1$s
                """.formatted(
                        name,
                        commands.values().stream().map(CompletionScript::words).collect(Collectors.joining(" | ")),
                        cases,
                        described(root),
                        all,
                        String.join(" | ", takingModels()));
    }

    /** For {@code jandaia completion fish | source}. */
    String fish() {
        StringBuilder script =
                new StringBuilder("# Completion of %1$s for fish: %1$s completion fish | source\n".formatted(name));
        commands.forEach((n, c) -> {
            script.append("complete -c %s -f -n __fish_use_subcommand -a %s -d %s\n"
                    .formatted(name, n, fishQuoted(summary(c))));
            for (OptionSpec o : visible(c)) {
                script.append("complete -c %s -n '__fish_seen_subcommand_from %s'"
                        .formatted(name, words(c).replace(" | ", " ")));
                for (String option : o.names()) {
                    script.append(
                            option.startsWith("--") ? " -l " + option.substring(2) : " -s " + option.substring(1));
                }
                script.append(o.arity().max() > 0 ? " -r" : "")
                        .append(" -d ")
                        .append(fishQuoted(String.join(" ", o.description())))
                        .append('\n');
            }
        });
        return script.append(
                        "complete -c %1$s -n '__fish_seen_subcommand_from %2$s' -a '(%1$s list --names 2> /dev/null)'\n"
                                .formatted(name, String.join(" ", takingModels())))
                .toString();
    }

    /** Commands whose first word is a model. */
    private List<String> takingModels() {
        List<String> taking = new ArrayList<>();
        commands.forEach((n, c) -> {
            if (c.positionalParameters().stream().anyMatch(p -> p.paramLabel().contains("MODEL"))) {
                taking.add(n);
            }
        });
        return taking;
    }

    private static List<OptionSpec> visible(CommandSpec c) {
        return c.options().stream().filter(o -> !o.hidden()).toList();
    }

    private static String options(CommandSpec c) {
        return visible(c).stream().flatMap(o -> List.of(o.names()).stream()).collect(Collectors.joining(" "));
    }

    private static String described(CommandSpec c) {
        return visible(c).stream()
                .flatMap(o -> List.of(o.names()).stream()
                        .map(n -> quoted(
                                n + ":" + String.join(" ", o.description()).replace(":", "\\:"))))
                .collect(Collectors.joining(" "));
    }

    /** Its name and its aliases, as a case of a shell. */
    private static String words(CommandSpec c) {
        List<String> words = new ArrayList<>(List.of(c.name()));
        words.addAll(List.of(c.aliases()));
        return String.join(" | ", words);
    }

    private static String summary(CommandSpec c) {
        return String.join(" ", c.usageMessage().description());
    }

    private static String quoted(String text) {
        return "'" + text.replace("%%", "%").replace("'", "'\\''") + "'";
    }

    private static String fishQuoted(String text) {
        return "'" + text.replace("%%", "%").replace("\\", "\\\\").replace("'", "\\'") + "'";
    }
}
