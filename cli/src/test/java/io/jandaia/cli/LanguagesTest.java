package io.jandaia.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.jandaia.cli.language.Language;
import io.jandaia.cli.language.Texts;
import io.jandaia.cli.terminal.Tty;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.ListResourceBundle;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Both languages have every text, and no text is anywhere else. */
class LanguagesTest {

    /** The parts of a format that take a value, and variables of picocli. */
    private static final Pattern PLACE = Pattern.compile("%(\\d+\\$[-,.\\d]*[a-z]|n|%|\\S)|\\$\\{[^}]*}");

    private static Properties file(String name) throws IOException {
        Properties texts = new Properties();
        try (var in = Texts.class.getResourceAsStream(name);
                var reader = new InputStreamReader(in, StandardCharsets.UTF_8)) {
            texts.load(reader);
        }
        return texts;
    }

    private static List<String> places(String text) {
        List<String> places = new ArrayList<>();
        Matcher m = PLACE.matcher(text);
        while (m.find()) {
            places.add(m.group());
        }
        return places.stream().sorted().toList();
    }

    @Test
    void bothLanguagesHaveTheSameKeysAndPlaces() throws IOException {
        Properties english = file("texts.properties");
        Properties portuguese = file("texts_pt.properties");
        assertThat(new TreeSet<>(portuguese.stringPropertyNames()))
                .isEqualTo(new TreeSet<>(english.stringPropertyNames()));
        for (String key : english.stringPropertyNames()) {
            assertThat(places(portuguese.getProperty(key)))
                    .as(key)
                    .isEqualTo(places(english.getProperty(key)))
                    .noneMatch(p -> p.matches("%[a-z]") && !p.equals("%n"));
        }
    }

    @Test
    void everyCommandAndOptionHasAHelpInBothLanguages() {
        for (Language language : Language.values()) {
            Map<String, String> helps = new TreeMap<>();
            walk(line(language, true), helps);
            assertThat(helps).hasSizeGreaterThan(50);
            assertThat(helps)
                    .as(language.tag())
                    .allSatisfy((what, help) -> assertThat(help).as(what).isNotBlank());
        }
    }

    @Test
    void noHelpIsOutsideTheTexts() {
        Map<String, String> helps = new TreeMap<>();
        walk(line(Language.ENGLISH, false), helps);
        helps.keySet().removeIf(what -> what.endsWith(" --help") || what.endsWith(" --version")); // picocli's own
        assertThat(helps).allSatisfy((what, help) -> assertThat(help).as(what).isEmpty());
    }

    private static CommandLine line(Language language, boolean texts) {
        PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8);
        CommandLine line = Main.commandLine(nowhere, nowhere, Texts.in(language), Tty.NONE);
        if (!texts) {
            line.setResourceBundle(new ListResourceBundle() {
                @Override
                protected Object[][] getContents() {
                    return new Object[0][];
                }
            });
        }
        return line;
    }

    private static void walk(CommandLine line, Map<String, String> helps) {
        CommandSpec spec = line.getCommandSpec();
        String name = spec.qualifiedName();
        helps.put(name, String.join(" ", spec.usageMessage().description()));
        for (ArgSpec a : spec.args()) {
            String label = a instanceof OptionSpec o ? o.longestName() : a.paramLabel();
            helps.put(name + " " + label, String.join(" ", a.description()));
        }
        line.getSubcommands().values().forEach(sub -> walk(sub, helps));
    }

    @Test
    void theLanguageIsThatOfTheWordsThenOfTheEnvironment() {
        assertThat(Language.of(Map.of())).isEqualTo(Language.ENGLISH);
        assertThat(Language.of(Map.of("LANG", "pt_BR.UTF-8"))).isEqualTo(Language.PORTUGUESE);
        assertThat(Language.of(Map.of("LANG", "pt_BR.UTF-8", "LC_ALL", "C.UTF-8")))
                .isEqualTo(Language.ENGLISH);
        assertThat(Language.of(Map.of("LANG", "en_US", "LC_MESSAGES", "pt_BR"))).isEqualTo(Language.PORTUGUESE);
        assertThat(Language.of(Map.of("LC_ALL", "de_DE", "JANDAIA_LANG", "pt"))).isEqualTo(Language.PORTUGUESE);
        Map<String, String> brazil = Map.of("LANG", "pt_BR.UTF-8");
        assertThat(Main.language(new String[] {"run", "x"}, brazil)).isEqualTo(Language.PORTUGUESE);
        assertThat(Main.language(new String[] {"--lang", "en", "run"}, brazil)).isEqualTo(Language.ENGLISH);
        assertThat(Main.language(new String[] {"run", "--lang=pt-BR"}, Map.of()))
                .isEqualTo(Language.PORTUGUESE);
        assertThat(Main.language(new String[] {"run", "--", "--lang=pt"}, Map.of()))
                .isEqualTo(Language.ENGLISH);
    }
}
