package io.jandaia.model.arch;

import io.jandaia.model.arch.AttentionSpec.Alibi;
import io.jandaia.model.arch.ExpertsSpec.Routing;
import io.jandaia.model.arch.ExpertsSpec.Score;
import io.jandaia.model.arch.LayerSpec.Residual;
import io.jandaia.model.arch.RopeSpec.Linear;
import io.jandaia.model.arch.RopeSpec.LongRope;
import io.jandaia.model.arch.RopeSpec.Yarn;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A spec as GGUF metadata, the inverse of {@link GgufFields}: every key that any family has for what the spec says. Keys that
 * the family itself does not read are left out by whoever writes the file. Whole numbers are Long, others Float.
 */
final class GgufKeys {

    private final DecoderSpec spec;
    private final Map<String, Object> keys = new LinkedHashMap<>();

    private GgufKeys(DecoderSpec spec) {
        this.spec = spec;
    }

    static Map<String, Object> of(DecoderSpec spec) {
        GgufKeys k = new GgufKeys(spec);
        k.outside();
        k.attention();
        k.feedForward();
        return k.keys;
    }

    private void put(String key, long value) {
        keys.put(key, value);
    }

    private void put(String key, double value) {
        keys.put(key, (float) value);
    }

    private void outside() {
        put("vocab_size", spec.vocabulary());
        put("context_length", spec.contextLength());
        put("embedding_length", spec.dim());
        put("block_count", spec.layers().size());
        NormSpec norm = Objects.requireNonNullElseGet(spec.finalNorm(), () -> NormSpec.layer(1e-5));
        put(
                norm.kind() == NormSpec.Kind.RMS ? "attention.layer_norm_rms_epsilon" : "attention.layer_norm_epsilon",
                norm.eps());
        if (spec.embedding().scale() != 1) {
            put("embedding_scale", spec.embedding().scale());
        }
        if (spec.head().scale() != 1) {
            put("logit_scale", spec.head().scale());
        }
        if (spec.head().cap() > 0) {
            put("final_logit_softcapping", spec.head().cap());
        }
        LayerSpec first = spec.layers().getFirst();
        keys.put("use_parallel_residual", first.residual() == Residual.PARALLEL);
        if (first.residualScale() != 1) {
            put("residual_scale", first.residualScale());
        }
    }

    private <T> List<T> parts(Class<T> kind) {
        return spec.layers().stream()
                .flatMap(l -> Stream.of(l.mixer(), l.feedForward()))
                .filter(kind::isInstance)
                .map(kind::cast)
                .toList();
    }

    private void attention() {
        List<AttentionSpec> all = parts(AttentionSpec.class);
        if (!all.isEmpty()) {
            AttentionSpec a = all.getFirst();
            heads(a.heads(), a.kvHeads(), a.headDim(), a.headDim());
            if (a.scale() != (float) (1 / Math.sqrt(a.headDim()))) {
                put("attention.scale", a.scale());
            }
            if (a.cap() > 0) {
                put("attn_logit_softcapping", a.cap());
            }
            if (a.distanceBias() instanceof Alibi alibi) {
                put("attention.max_alibi_bias", alibi.maxBias());
            }
            int window = all.stream().mapToInt(AttentionSpec::window).max().orElse(0);
            if (window > 0) {
                put("attention.sliding_window", window);
            }
            rope(rope(all, false));
            RopeSpec local = rope(all, true);
            if (local != null && window > 0) {
                put("rope.freq_base_swa", local.base());
            }
        }
        for (LatentAttentionSpec a : parts(LatentAttentionSpec.class)) {
            heads(a.heads(), a.heads(), a.headDim(), a.valueDim());
            put("attention.kv_lora_rank", a.latent());
            if (a.queryRank() > 0) {
                put("attention.q_lora_rank", a.queryRank());
            }
            rope(a.rope());
            double growth = a.scale() * Math.sqrt(a.headDim());
            boolean grows = a.rope().scaling() instanceof Yarn && growth > 1 + 1e-6;
            double factor = a.rope().scaling() instanceof Yarn y ? y.factor() : 1;
            // llama.cpp wants the key in every file.
            put("rope.scaling.yarn_log_multiplier", grows ? (Math.sqrt(growth) - 1) / Math.log(factor) : 0);
        }
    }

    /** The rotary positions of the layers with a window or of those without, where there are both; else of those that rotate. */
    private static @Nullable RopeSpec rope(List<AttentionSpec> all, boolean window) {
        RopeSpec any = null;
        for (AttentionSpec a : all) {
            if (a.rope() != null && (any == null || a.window() > 0 == window)) {
                any = a.rope();
            }
        }
        return any;
    }

    private void heads(int heads, int kvHeads, int keyDim, int valueDim) {
        put("attention.head_count", heads);
        put("attention.head_count_kv", kvHeads);
        put("attention.key_length", keyDim);
        put("attention.value_length", valueDim);
    }

    private void rope(@Nullable RopeSpec rope) {
        if (rope == null) {
            return;
        }
        put("rope.dimension_count", rope.rotary());
        put("rope.freq_base", rope.base());
        switch (rope.scaling()) {
            case Linear l -> {
                keys.put("rope.scaling.type", "linear");
                put("rope.scaling.factor", l.factor());
            }
            case Yarn y -> {
                keys.put("rope.scaling.type", "yarn");
                put("rope.scaling.factor", y.factor());
                put("rope.scaling.original_context_length", y.original());
                if (y.betaFast() != 32) {
                    put("rope.scaling.yarn_beta_fast", y.betaFast());
                }
                if (y.betaSlow() != 1) {
                    put("rope.scaling.yarn_beta_slow", y.betaSlow());
                }
                double usual = HubRope.magnitude(y.factor(), 1);
                if (Math.abs(y.attentionFactor() / usual - 1) > 1e-6
                        && parts(LatentAttentionSpec.class).isEmpty()) {
                    put("rope.scaling.attn_factor", y.attentionFactor() / usual);
                }
            }
            case LongRope l -> {
                put("rope.scaling.original_context_length", l.original());
                put("rope.scaling.attn_factor", l.attentionFactor());
            }
            default -> {} // none, or in a tensor of factors
        }
    }

    private void feedForward() {
        List<MlpSpec> dense = parts(MlpSpec.class);
        List<ExpertsSpec> experts = parts(ExpertsSpec.class);
        if (!dense.isEmpty()) {
            put("feed_forward_length", dense.getFirst().inner());
        }
        if (experts.isEmpty()) {
            return;
        }
        ExpertsSpec e = experts.getFirst();
        int inner = e.expert().inner();
        if (dense.isEmpty()) {
            put("feed_forward_length", inner);
        }
        put("expert_count", e.count());
        put("expert_used_count", e.perToken());
        put("expert_feed_forward_length", inner);
        put("leading_dense_block_count", leadingDense());
        MlpSpec shared = e.shared();
        if (shared != null) {
            put("expert_shared_count", Math.max(1, shared.inner() / inner));
            put("expert_shared_feed_forward_length", shared.inner());
        }
        Routing r = e.routing();
        put("expert_gating_func", r.score() == Score.SIGMOID ? 2 : 1);
        put("expert_weights_scale", r.scale());
        keys.put("expert_weights_norm", r.normalized());
        if (r.groups() > 1) {
            put("expert_group_count", r.groups());
            put("expert_group_used_count", r.groupsChosen());
        }
    }

    private int leadingDense() {
        int n = 0;
        while (n < spec.layers().size() && spec.layers().get(n).feedForward() instanceof MlpSpec) {
            n++;
        }
        return n;
    }
}
