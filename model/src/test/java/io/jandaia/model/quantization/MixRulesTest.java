package io.jandaia.model.quantization;

import static org.assertj.core.api.Assertions.assertThat;

import io.jandaia.tensor.ElementType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The types that llama.cpp's quantiser chose for models with experts, with one matrix for all of attention, and large ones. */
class MixRulesTest {

    record Golden(String model, String mix, String types) {
        @Override
        public String toString() {
            return model + " " + mix;
        }
    }

    static Stream<Golden> goldens() throws IOException {
        try (var in = MixRulesTest.class.getResourceAsStream("mixes.txt")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .map(line -> line.split(" "))
                    .map(f -> new Golden(f[0], f[1], f[2]));
        }
    }

    @ParameterizedTest
    @MethodSource("goldens")
    void choosesTheTypesOfLlamaCpp(Golden golden) {
        MixRules.Shape shape = switch (golden.model) {
            case "moe8" -> new MixRules.Shape("llama", 16, 4, 8, true);
            case "moe4" -> new MixRules.Shape("llama", 16, 1, 4, true);
            case "falcon" -> new MixRules.Shape("falcon", 32, 8, 0, true);
            default -> new MixRules.Shape("llama", 80, 8, 0, true);
        };
        List<String> names = names(shape);
        long values = names.stream().filter(MixRules::isValueTensor).count();
        MixRules rules = new MixRules(Mix.of(golden.mix), shape, (int) values);
        StringBuilder types = new StringBuilder();
        for (String name : names) {
            types.append(letter(rules.type(name, 256)));
        }
        assertThat(types.toString()).isEqualTo(golden.types);
    }

    private static List<String> names(MixRules.Shape shape) {
        boolean joined = shape.architecture().equals("falcon");
        List<String> parts = new ArrayList<>(List.of("attn_output"));
        parts.addAll(joined ? List.of("attn_qkv") : List.of("attn_q", "attn_k", "attn_v"));
        String suffix = shape.experts() > 0 ? "_exps" : "";
        parts.addAll(List.of("ffn_down" + suffix, "ffn_up" + suffix));
        if (!joined) {
            parts.add("ffn_gate" + suffix);
        }
        List<String> names = new ArrayList<>(List.of("token_embd.weight", "output.weight"));
        for (int i = 0; i < shape.layers(); i++) {
            for (String part : parts) {
                names.add("blk." + i + "." + part + ".weight");
            }
        }
        names.sort(MixRules::compareNames);
        return names;
    }

    private static char letter(ElementType type) {
        return switch (type) {
            case Q2_K -> '2';
            case Q3_K -> '3';
            case Q4_K -> '4';
            case Q5_K -> '5';
            case Q6_K -> '6';
            case Q8_0 -> '8';
            case IQ4_NL -> 'n';
            case IQ4_XS -> 'x';
            default -> '?';
        };
    }

    @Test
    void smallTensorsStayAsTheyAre() {
        assertThat(MixRules.applies("blk.0.attn_q.weight", new long[] {8, 256})).isTrue();
        assertThat(MixRules.applies("blk.0.ffn_up_exps.weight", new long[] {4, 8, 256}))
                .isTrue();
        assertThat(MixRules.applies("blk.0.attn_q.weight", new long[] {1, 256})).isFalse();
        assertThat(MixRules.applies("blk.0.attn_q.bias", new long[] {8, 256})).isFalse();
        assertThat(MixRules.applies("blk.0.ffn_gate_inp.weight", new long[] {8, 256}))
                .isFalse();
        assertThat(MixRules.applies("token_types.weight", new long[] {2, 256})).isFalse();
    }

    @Test
    void layersComeInTheirOrder() {
        List<String> names = new ArrayList<>(
                List.of("blk.10.a.weight", "blk.2.b.weight", "output.weight", "blk.2.a.weight", "blk.x.a.weight"));
        names.sort(MixRules::compareNames);
        assertThat(names)
                .containsExactly(
                        "blk.x.a.weight", "output.weight", "blk.2.a.weight", "blk.2.b.weight", "blk.10.a.weight");
    }
}
