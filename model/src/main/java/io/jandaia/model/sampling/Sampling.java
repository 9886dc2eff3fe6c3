package io.jandaia.model.sampling;

import static io.jandaia.model.sampling.Setting.*;

import io.jandaia.error.JandaiaException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * How the next token is chosen: what is in effect, in the order in which it takes effect. Steps that change nothing are not
 * in it.
 *
 * @param order the order by name
 * @param processors change logits by what came before
 * @param filters leave some tokens
 * @param choice chooses among them
 * @param seed what chance follows from, together with the position
 */
public record Sampling(
        Order order, List<Step.Processor> processors, List<Step.Filter> filters, Choice choice, long seed) {

    public static final Sampling GREEDY = of(Settings.NONE, Set.of(), Dry.Breakers.NONE, 0);

    /** llama.cpp's default for how far back penalties look. */
    private static final int LLAMA_LAST_N = 64;

    /**
     * What these settings come to.
     *
     * @param ends token ids that end the answer
     * @param breakers those of DRY as token ids
     * @throws JandaiaException USAGE when settings exclude each other
     */
    public static Sampling of(Settings s, Set<Integer> ends, Dry.Breakers breakers, long seed) {
        Choice choice = choice(s);
        return new Sampling(
                s.get(ORDER),
                List.copyOf(processors(s, Set.copyOf(ends), breakers)),
                List.copyOf(filters(s, choice)),
                choice,
                seed);
    }

    private static Choice choice(Settings s) {
        if (s.get(BEAMS) > 1) {
            if (s.get(TEMPERATURE) > 0 || s.get(MIROSTAT) > 0) {
                throw JandaiaException.usage("Beam search with " + s.get(BEAMS)
                        + " beams together with sampling is asked for, which this version does not do."
                        + " Set temperature to 0 for beam search, or beams to 1 for sampling.");
            }
            if (s.get(RETURNED_BEAMS) > s.get(BEAMS)) {
                throw JandaiaException.usage(RETURNED_BEAMS + " is " + s.get(RETURNED_BEAMS) + ", more than the "
                        + s.get(BEAMS) + " beams.");
            }
            return new Choice.Beams(
                    s.get(BEAMS),
                    s.get(LENGTH_PENALTY),
                    s.get(EARLY_STOPPING),
                    s.get(RETURNED_BEAMS),
                    s.get(RENORMALIZE));
        }
        if (s.get(TEMPERATURE) == 0) {
            if (s.get(MIROSTAT) > 0) {
                throw JandaiaException.usage("mirostat chooses by chance and needs a temperature above 0, such as 1.");
            }
            return new Choice.Greedy();
        }
        return s.get(MIROSTAT) > 0
                ? new Choice.Mirostat(s.get(MIROSTAT), s.get(MIROSTAT_TAU), s.get(MIROSTAT_ETA))
                : new Choice.Draw();
    }

    /** The order is that of transformers; llama.cpp's has the same where it has the same processors. */
    private static List<Step.Processor> processors(Settings s, Set<Integer> ends, Dry.Breakers breakers) {
        List<Step.Processor> out = new ArrayList<>();
        boolean llama = s.get(ORDER) == Order.LLAMA;
        int lastN = llama && !s.has(REPEAT_LAST_N) ? LLAMA_LAST_N : s.get(REPEAT_LAST_N);
        if (!s.get(LOGIT_BIAS).isEmpty()) {
            List<SequenceBias.Entry> entries = s.get(LOGIT_BIAS).entrySet().stream()
                    .map(e -> new SequenceBias.Entry(List.of(e.getKey()), e.getValue()))
                    .toList();
            out.add(new SequenceBias(LOGIT_BIAS.name(), entries));
        }
        if (!s.get(SEQUENCE_BIAS).isEmpty()) {
            out.add(new SequenceBias(SEQUENCE_BIAS.name(), s.get(SEQUENCE_BIAS)));
        }
        if (s.get(REPEAT_PENALTY) != 1 && lastN != 0) {
            out.add(new RepeatPenalty(s.get(REPEAT_PENALTY), lastN));
        }
        if ((s.get(FREQUENCY_PENALTY) != 0 || s.get(PRESENCE_PENALTY) != 0) && lastN != 0) {
            out.add(new CountPenalty(s.get(FREQUENCY_PENALTY), s.get(PRESENCE_PENALTY), !llama, lastN));
        }
        if (s.get(DRY_MULTIPLIER) > 0 && s.get(DRY_LAST_N) != 0) {
            out.add(new Dry(
                    s.get(DRY_MULTIPLIER), s.get(DRY_BASE), s.get(DRY_ALLOWED_LENGTH), s.get(DRY_LAST_N), breakers));
        }
        if (s.get(NO_REPEAT_NGRAM) > 0) {
            out.add(new NoRepeatNgram(s.get(NO_REPEAT_NGRAM)));
        }
        List<SequenceBias.Entry> banned = s.get(BANNED_SEQUENCES).stream()
                .filter(ids -> ids.size() > 1 || !ends.contains(ids.getFirst()))
                .map(ids -> new SequenceBias.Entry(ids, Double.NEGATIVE_INFINITY))
                .toList();
        if (!banned.isEmpty()) {
            out.add(new SequenceBias(BANNED_SEQUENCES.name(), banned));
        }
        if ((s.get(MIN_TOKENS) > 0 || s.get(MIN_LENGTH) > 0) && !ends.isEmpty()) {
            out.add(new MinLength(s.get(MIN_TOKENS), s.get(MIN_LENGTH), ends));
        }
        if (!s.get(FORCED_FIRST).isEmpty() || !s.get(FORCED_LAST).isEmpty()) {
            out.add(new ForcedTokens(s.get(FORCED_FIRST), s.get(FORCED_LAST)));
        }
        if (s.get(REMOVE_INVALID)) {
            out.add(new RemoveInvalid());
        }
        if (s.get(LENGTH_DECAY).factor() != 1 && !ends.isEmpty()) {
            out.add(new LengthDecay(s.get(LENGTH_DECAY), ends));
        }
        if (!s.get(SUPPRESSED).isEmpty()) {
            out.add(new Suppress(s.get(SUPPRESSED), false, false));
        }
        if (!s.get(SUPPRESSED_FIRST).isEmpty()) {
            out.add(new Suppress(
                    s.get(SUPPRESSED_FIRST), true, !s.get(FORCED_FIRST).isEmpty()));
        }
        return out;
    }

    private static List<Step.Filter> filters(Settings s, Choice choice) {
        boolean llama = s.get(ORDER) == Order.LLAMA;
        List<Step.Filter> out = new ArrayList<>();
        if (choice instanceof Choice.Greedy || choice instanceof Choice.Beams) {
            return out;
        }
        if (!llama) {
            addTemperature(s, out);
        }
        if (choice instanceof Choice.Draw) {
            if (s.get(TOP_N_SIGMA) > 0) {
                out.add(new TopNSigma(s.get(TOP_N_SIGMA)));
            }
            if (s.get(TOP_H) < 1) {
                out.add(new TopH(s.get(TOP_H)));
            }
            if (s.get(TOP_K) > 0) {
                out.add(new TopK(s.get(TOP_K)));
            }
            if (llama) {
                addTypical(s, out);
            }
            if (s.get(TOP_P) < 1) {
                out.add(new TopP(s.get(TOP_P)));
            }
            if (s.get(MIN_P) > 0) {
                out.add(new MinP(s.get(MIN_P)));
            }
            if (!llama) {
                addTypical(s, out);
            }
            if (s.get(EPSILON_CUTOFF) > 0) {
                out.add(new Cutoff(s.get(EPSILON_CUTOFF), false));
            }
            if (s.get(ETA_CUTOFF) > 0) {
                out.add(new Cutoff(s.get(ETA_CUTOFF), true));
            }
            if (s.get(XTC_PROBABILITY) > 0) {
                out.add(new Xtc(s.get(XTC_PROBABILITY), s.get(XTC_THRESHOLD)));
            }
        }
        if (llama) {
            addTemperature(s, out);
        }
        return out;
    }

    private static void addTemperature(Settings s, List<Step.Filter> out) {
        if (s.get(TEMPERATURE) != 1) {
            out.add(new Temperature(s.get(TEMPERATURE)));
        }
    }

    private static void addTypical(Settings s, List<Step.Filter> out) {
        if (s.get(TYPICAL_P) < 1) {
            out.add(new Typical(s.get(TYPICAL_P)));
        }
    }

    /** What is in effect by name, in the order in which it takes effect. */
    public Map<String, Object> settings() {
        Map<String, Object> out = new LinkedHashMap<>();
        processors.forEach(p -> out.putAll(p.settings()));
        filters.forEach(f -> out.putAll(f.settings()));
        out.putAll(choice.settings());
        return out;
    }

    /** Whether chance has a part in it. */
    public boolean random() {
        return choice instanceof Choice.Draw || choice instanceof Choice.Mirostat;
    }

    /** One line: {@code order hf: repeat-penalty 1.15, temperature 0.7, top-p 0.9, seed 7}. */
    @Override
    public String toString() {
        String line = settings().entrySet().stream()
                .map(e -> e.getKey() + " " + Setting.text(e.getValue()))
                .collect(Collectors.joining(", "));
        String all = line.isEmpty() ? "every token by its probability" : line;
        return "order " + order.text() + ": " + all + (random() ? ", seed " + seed : "");
    }
}
