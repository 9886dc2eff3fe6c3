package io.jandaia.model.engine;

import io.jandaia.error.JandaiaException;

/**
 * How the next token is chosen from its logits. The order is that of transformers: repetition penalty, temperature, top-k,
 * top-p, min-p.
 *
 * @param temperature logits are divided by it; 0 = always the most likely token
 * @param topK only the k most likely tokens; 0 = all
 * @param topP only the most likely tokens whose probabilities reach p together; 1 = all
 * @param minP only tokens at least p times as likely as the most likely one; 0 = all
 * @param repeatPenalty divides positive and multiplies negative logits of tokens that occurred (Keskar et al. 2019); 1 =
 *     none
 * @param seed what the choices follow from, together with the position
 */
public record Sampling(double temperature, int topK, double topP, double minP, double repeatPenalty, long seed) {

    public static final Sampling GREEDY = new Sampling(0, 0, 1, 0, 1, 0);

    public Sampling {
        check("temperature", temperature, 0, 100, "a number from 0 (always the most likely token) to 100");
        check("top-k", topK, 0, Integer.MAX_VALUE, "a whole number, 0 for all tokens");
        check("top-p", topP, Double.MIN_VALUE, 1, "a number above 0 and at most 1");
        check("min-p", minP, 0, 1, "a number from 0 to 1");
        check("repeat-penalty", repeatPenalty, 1e-3, 1000, "a number from 0.001 to 1000, 1 for none");
    }

    private static void check(String name, double value, double least, double most, String expected) {
        if (!(value >= least && value <= most)) {
            String found =
                    value == Math.rint(value) && Math.abs(value) < 1e9 ? Long.toString((long) value) : "" + value;
            throw JandaiaException.usage(
                    "The sampling parameter " + name + " is " + found + "; expected " + expected + ".");
        }
    }
}
