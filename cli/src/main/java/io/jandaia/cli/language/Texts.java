package io.jandaia.cli.language;

import io.jandaia.error.JandaiaException;
import java.util.Locale;
import java.util.ResourceBundle;

/**
 * The texts of the command line in one language, by key. They are formats of {@link String#format}; numbers look the same in
 * every language, so that what a program reads does not change. The files are {@code texts.properties} and {@code
 * texts_pt.properties} beside this class; help texts in them have the keys that picocli looks for.
 */
public final class Texts {

    private static final String BUNDLE = Texts.class.getPackageName() + ".texts";

    private final Language language;
    private final ResourceBundle bundle;

    private Texts(Language language, ResourceBundle bundle) {
        this.language = language;
        this.bundle = bundle;
    }

    public static Texts in(Language language) {
        // Without a fallback: the JVM's own locale has no say.
        ResourceBundle.Control files =
                ResourceBundle.Control.getNoFallbackControl(ResourceBundle.Control.FORMAT_PROPERTIES);
        return new Texts(language, ResourceBundle.getBundle(BUNDLE, language.bundle(), files));
    }

    public Language language() {
        return language;
    }

    /** All of them, for picocli. */
    public ResourceBundle bundle() {
        return bundle;
    }

    public String get(String key, Object... values) {
        return String.format(Locale.ROOT, bundle.getString(key), values);
    }

    /** A USAGE error that says the text. */
    public JandaiaException usage(String key, Object... values) {
        return JandaiaException.usage(get(key, values));
    }
}
