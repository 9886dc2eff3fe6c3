package io.jandaia.model;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.engine.Engine;
import io.jandaia.model.engine.Pooling;
import io.jandaia.model.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Makes vectors of texts as a model's own files say, with an encoder or with the hidden states of a decoder. */
final class Embedder {

    /** Texts that are with the engine at once. */
    private static final int AT_ONCE = 64;

    private final EmbeddingRecipe recipe;
    private final Tokenizer tokenizer;
    private final int limit;
    private final Pooling usual;
    private final Vectors vectors;

    /** Vectors of hidden states, before what follows them. */
    private interface Vectors {
        List<float[]> of(List<TextTokens> texts, Pooling pooling);
    }

    private Embedder(EmbeddingRecipe recipe, Tokenizer tokenizer, int context, Pooling usual, Vectors vectors) {
        this.recipe = recipe;
        this.tokenizer = tokenizer;
        this.limit = recipe.maxTokens() > 0 ? Math.min(recipe.maxTokens(), context) : context;
        this.usual = usual;
        this.vectors = vectors;
    }

    static Embedder of(EmbeddingRecipe recipe, Tokenizer tokenizer, TextEncoder encoder) {
        int context = encoder.encoder().spec().contextLength();
        return new Embedder(recipe, tokenizer, context, Pooling.MEAN, encoder::pooled);
    }

    static Embedder of(EmbeddingRecipe recipe, Tokenizer tokenizer, Engine engine, int context) {
        return new Embedder(
                recipe, tokenizer, context, Pooling.LAST, (texts, pooling) -> pooled(engine, texts, pooling));
    }

    private static List<float[]> pooled(Engine engine, List<TextTokens> texts, Pooling pooling) {
        List<float[]> out = new ArrayList<>();
        for (int from = 0; from < texts.size(); from += AT_ONCE) {
            List<CompletableFuture<float[]>> some = new ArrayList<>();
            try {
                for (TextTokens text : texts.subList(from, Math.min(from + AT_ONCE, texts.size()))) {
                    some.add(engine.embed(text.ids(), pooling));
                }
                some.forEach(one -> out.add(Results.of(one)));
            } finally {
                some.forEach(one -> one.cancel(true)); // those that are left when one fails
            }
        }
        return out;
    }

    Embeddings embed(List<String> texts, EmbedOptions o) {
        String prompt = prompt(o.prompt());
        List<String> notes = new ArrayList<>();
        List<TextTokens> tokens = new ArrayList<>();
        for (String text : texts) {
            String whole = prompt + text;
            TextTokens t = TextTokens.of(tokenizer.encode(recipe.lowercase() ? whole.toLowerCase(Locale.ROOT) : whole));
            tokens.add(within(limit, t, o.truncate(), tokenizer, "Text " + (tokens.size() + 1), notes));
        }
        List<float[]> out = finished(tokens, o);
        return new Embeddings(out, tokens.stream().mapToInt(TextTokens::size).sum(), List.copyOf(notes));
    }

    float[] embed(TextTokens text, EmbedOptions o) {
        if (o.prompt() != null) {
            throw JandaiaException.usage("A prompt goes before a text, not before token ids.");
        }
        return finished(List.of(within(limit, text, false, tokenizer, "The text", new ArrayList<>())), o)
                .getFirst();
    }

    /** The text, if the model can read it; cut, if it may be. */
    static TextTokens within(
            int limit, TextTokens text, boolean truncate, Tokenizer tokenizer, String name, List<String> notes) {
        if (text.size() == 0) {
            throw JandaiaException.usage(name + " has no tokens; expected at least one.");
        }
        if (text.size() <= limit) {
            return text;
        }
        if (!truncate) {
            throw JandaiaException.usage(name + " has " + text.size() + " tokens; the model reads at most " + limit
                    + ". Shorten it, or have its end cut off with --truncate (truncate in Java).");
        }
        notes.add(name + " has " + text.size() + " tokens; the model reads at most " + limit + ", so its last "
                + (text.size() - limit) + " were cut off.");
        return text.cut(limit, tokenizer);
    }

    private List<float[]> finished(List<TextTokens> texts, EmbedOptions o) {
        Pooling pooling = first(o.pooling(), recipe.pooling(), usual);
        boolean normalize = first(o.normalize(), recipe.normalize(), true);
        return vectors.of(texts, pooling).stream()
                .map(v -> finished(v, normalize, o.dimensions()))
                .toList();
    }

    private float[] finished(float[] pooled, boolean normalize, int dimensions) {
        float[] v = pooled;
        for (EmbeddingRecipe.Dense d : recipe.dense()) {
            if (d.inputs() != v.length) {
                throw JandaiaException.format("The model's files have a map of vectors of " + d.inputs()
                        + " numbers; those before it have " + v.length + ".");
            }
            v = d.apply(v);
        }
        if (dimensions < 0 || dimensions > v.length) {
            throw JandaiaException.usage(
                    "The model's vectors have " + v.length + " dimensions; " + dimensions + " were asked for.");
        }
        if (dimensions > 0) {
            v = Arrays.copyOf(v, dimensions);
        }
        return normalize ? normalized(v) : v;
    }

    private static float[] normalized(float[] v) {
        double squares = 0;
        for (float x : v) {
            squares += (double) x * x;
        }
        double length = Math.max(Math.sqrt(squares), 1e-12);
        float[] out = new float[v.length];
        for (int i = 0; i < v.length; i++) {
            out[i] = (float) (v[i] / length);
        }
        return out;
    }

    private static <T> T first(@Nullable T a, @Nullable T b, T c) {
        return a != null ? a : b != null ? b : c;
    }

    private String prompt(@Nullable String asked) {
        String name = asked == null ? recipe.defaultPrompt() : asked;
        if (name == null) {
            return "";
        }
        String prompt = recipe.prompts().get(name);
        if (prompt == null) {
            throw JandaiaException.usage("The model has no prompt '" + name + "'; it has "
                    + (recipe.prompts().isEmpty()
                            ? "none"
                            : String.join(", ", recipe.prompts().keySet())) + ".");
        }
        return prompt;
    }
}
