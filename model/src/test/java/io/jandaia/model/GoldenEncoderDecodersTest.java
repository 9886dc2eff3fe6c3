package io.jandaia.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.jandaia.model.nn.Batch;
import io.jandaia.model.nn.EncoderDecoder;
import io.jandaia.model.nn.InferenceOps;
import io.jandaia.model.sampling.BeamSearch.EarlyStopping;
import io.jandaia.model.sampling.Setting;
import io.jandaia.model.state.KvLayout;
import io.jandaia.model.state.PagePool;
import io.jandaia.model.state.SequenceState;
import io.jandaia.tensor.ComputeTeam;
import io.jandaia.tensor.Numerics;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/** What transformers computes with encoder-decoders on the same files: logits, greedy answers, beams. */
class GoldenEncoderDecodersTest {

    static Stream<GoldenFolders.Case> cases() throws IOException {
        return GoldenFolders.of("seq2seq"::equals);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void computesTheLogitsOfTransformers(GoldenFolders.Case c) {
        try (ModelFiles files = ModelFiles.open(c.folder(), LoadOptions.DEFAULT);
                Arena arena = Arena.ofShared();
                ComputeTeam team = ComputeTeam.of(2)) {
            EncoderDecoder network = (EncoderDecoder) files.network(c.kernels(), Numerics.EXACT, arena);
            KvLayout layout = InferenceOps.layout(network.decoder().spec());
            KvLayout sources = InferenceOps.sourceLayout(network.decoder().spec());
            try (PagePool pool = new PagePool(layout, 64 << 20);
                    PagePool sourcePool = new PagePool(sources, 64 << 20);
                    InferenceOps ops = new InferenceOps(network.spec(), layout, c.kernels(), team)) {
                for (JsonNode one : c.expected().get("cases")) {
                    int[] ids = GoldenFolders.ints(one.get("input_ids"));
                    int[] written = GoldenFolders.ints(one.get("decoder_input_ids"));
                    try (SequenceState source = sourcePool.open();
                            SequenceState state = pool.open()) {
                        source.reserve(ids.length);
                        network.read(Batch.builder().addSource(source, ids).build(), ops);
                        state.reserve(written.length);
                        var hidden = network.decoder()
                                .forward(
                                        Batch.builder()
                                                .add(state, source, written)
                                                .build(),
                                        ops);
                        float[] last = network.decoder()
                                .logits(hidden, new int[] {written.length - 1}, ops)
                                .row(0);
                        JsonNode expected = one.get("logits_last");
                        assertThat(last).hasSize(expected.size());
                        for (int i = 0; i < last.length; i++) {
                            assertThat((double) last[i])
                                    .as("logit %d", i)
                                    .isCloseTo(expected.get(i).asDouble(), within(c.tolerance()));
                        }
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void writesWhatTransformersWrites(GoldenFolders.Case c) {
        try (Model model = Model.open(c.folder(), c.options())) {
            for (JsonNode one : c.expected().get("cases")) {
                int[] ids = GoldenFolders.ints(one.get("input_ids"));
                int[] greedy = withoutStart(GoldenFolders.ints(one.get("greedy")), model);
                Answer a = model.generate(
                        ids, GenerateOptions.DEFAULT.maxTokens(greedy.length).ignoreEnd(true), text -> {});
                assertThat(a.tokenIds()).as("greedy").isEqualTo(greedy);
                assertThat(a.promptTokenIds()).isEqualTo(ids);
                assertThat(a.usage().promptTokens()).isEqualTo(ids.length);
            }
            for (JsonNode one : c.expected().get("beams")) {
                JsonNode s = one.get("settings");
                GenerateOptions o = GenerateOptions.DEFAULT
                        .maxTokens(s.get("max_new_tokens").asInt())
                        .with(Setting.BEAMS, s.get("num_beams").asInt())
                        .with(Setting.LENGTH_PENALTY, s.path("length_penalty").asDouble(1))
                        .with(
                                Setting.EARLY_STOPPING,
                                EarlyStopping.of(s.path("early_stopping").asString("false")));
                if (s.has("no_repeat_ngram_size")) {
                    o = o.with(
                            Setting.NO_REPEAT_NGRAM,
                            s.get("no_repeat_ngram_size").asInt());
                }
                Answer a = model.generate(GoldenFolders.ints(one.get("input_ids")), o, text -> {});
                int[] expected = withoutStart(GoldenFolders.ints(one.get("ids")), model);
                assertThat(a.tokenIds()).as("beams %s", s).isEqualTo(withoutEnd(expected, model));
                assertThat(a.alternatives().getFirst().score())
                        .isCloseTo(one.get("score").asDouble(), within(c.tolerance()));
            }
        }
    }

    private static int[] withoutStart(int[] ids, Model model) {
        return ids.length > 0
                        && model.modelSpec() instanceof io.jandaia.model.arch.EncoderDecoderSpec b
                        && ids[0] == b.start()
                ? Arrays.copyOfRange(ids, 1, ids.length)
                : ids;
    }

    private static int[] withoutEnd(int[] ids, Model model) {
        int n = ids.length;
        while (n > 0 && model.tokenizer().endIds().contains(ids[n - 1])) {
            n--;
        }
        return Arrays.copyOf(ids, n);
    }
}
