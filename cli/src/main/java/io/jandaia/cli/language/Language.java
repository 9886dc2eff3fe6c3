package io.jandaia.cli.language;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** A language of the command line. Everything but Portuguese is answered in English. */
public enum Language {
    ENGLISH("en", Locale.ROOT),
    PORTUGUESE("pt-BR", Locale.forLanguageTag("pt"));

    /** Where a language may be set, first one first; then come the variables of the locale, in POSIX's order. */
    private static final List<String> VARIABLES = List.of("JANDAIA_LANG", "LC_ALL", "LC_MESSAGES", "LANG");

    private final String tag;
    private final Locale bundle;

    Language(String tag, Locale bundle) {
        this.tag = tag;
        this.bundle = bundle;
    }

    /** As {@code --lang} takes it. */
    public String tag() {
        return tag;
    }

    /** Under which its texts are kept. */
    Locale bundle() {
        return bundle;
    }

    /** The language named {@code en}, {@code en_US.UTF-8}, {@code pt}, {@code pt-BR}, {@code pt_PT.UTF-8} ... */
    public static Optional<Language> named(String name) {
        String language = name.split("[-_.@]", 2)[0].toLowerCase(Locale.ROOT);
        return Arrays.stream(values())
                .filter(l -> l.tag.split("-", 2)[0].equals(language))
                .findFirst();
    }

    /** The language of a process with these variables: the first of them that is set decides. */
    public static Language of(Map<String, String> environment) {
        for (String variable : VARIABLES) {
            String value = environment.get(variable);
            if (value != null && !value.isBlank()) {
                return named(value).orElse(ENGLISH);
            }
        }
        return ENGLISH;
    }
}
