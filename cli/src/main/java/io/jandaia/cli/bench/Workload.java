package io.jandaia.cli.bench;

import io.jandaia.model.GenerateOptions;
import io.jandaia.model.Model;
import io.jandaia.model.engine.Generation;
import io.jandaia.model.engine.Handling;
import io.jandaia.model.engine.TokenEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * One thing whose speed is measured.
 *
 * @param kind reading a prompt, or generating
 * @param tokens of the prompt, or to generate with each sequence
 * @param depth positions that each sequence has before; 0 for prompts
 * @param batch sequences generated at once; 1 for prompts
 */
public record Workload(Kind kind, int tokens, int depth, int batch) {

    /** As programs read it, in lower case. */
    public enum Kind {
        PREFILL,
        DECODE
    }

    public static Workload prefill(int tokens) {
        return new Workload(Kind.PREFILL, tokens, 0, 1);
    }

    public static Workload decode(int tokens, int depth, int batch) {
        return new Workload(Kind.DECODE, tokens, depth, batch);
    }

    /** Positions of a context that a sequence needs. */
    public long positions() {
        return kind == Kind.PREFILL ? tokens + 1L : Math.max(1, depth) + tokens + 1L;
    }

    /** The same with a prompt of at most so many tokens: enough to have everything compiled. */
    Workload shortened(int longest) {
        return kind == Kind.PREFILL
                ? prefill(Math.min(tokens, longest))
                : decode(tokens, Math.min(depth, longest), batch);
    }

    /**
     * Runs it once. Sequences of a batch begin with one token each, so that none still reads while others generate.
     *
     * @param seed of the prompts, which are random tokens
     * @return tokens per second, of all sequences together
     */
    double run(Model model, @Nullable String adapter, int seed) {
        int prompt = kind == Kind.PREFILL ? tokens : Math.max(1, depth);
        GenerateOptions options = GenerateOptions.DEFAULT
                .adapter(adapter)
                .maxTokens(kind == Kind.PREFILL ? 1 : tokens + 1)
                .temperature(0)
                .repeatPenalty(1)
                .beams(1)
                .ignoreEnd(true)
                .handling(Handling.DEFAULT.reuse(false)); // every round computes all of it
        Random random = new Random(seed);
        List<Generation> running = new ArrayList<>();
        try {
            for (int i = 0; i < batch; i++) {
                int[] ids = random.ints(prompt, 0, model.spec().vocabulary()).toArray();
                running.add(model.stream(ids, options));
            }
            return speed(running);
        } finally {
            running.forEach(Generation::close);
        }
    }

    /** Reads all in turn, so that none waits for its reader, and adds their speeds. */
    private double speed(List<Generation> running) {
        double speed = 0;
        List<Generation> left = new ArrayList<>(running);
        while (!left.isEmpty()) {
            for (Generation g : List.copyOf(left)) {
                TokenEvent event = g.next();
                if (event instanceof TokenEvent.Finished f) {
                    double seconds = kind == Kind.PREFILL
                            ? f.timings().prefill()
                            : f.timings().decode();
                    speed += tokens / seconds;
                }
                if (!(event instanceof TokenEvent.Token)) {
                    left.remove(g);
                }
            }
        }
        return speed;
    }
}
