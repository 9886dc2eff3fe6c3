package io.jandaia.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jandaia.cli.chat.LocalPartner;
import io.jandaia.cli.chat.Partner;
import io.jandaia.cli.language.Language;
import io.jandaia.cli.language.Texts;
import io.jandaia.error.JandaiaException;
import io.jandaia.model.GenerateOptions;
import io.jandaia.model.LoadOptions;
import io.jandaia.model.Model;
import io.jandaia.model.chat.Inputs;
import io.jandaia.model.chat.Message;
import io.jandaia.model.engine.TokenEvent.FinishReason;
import io.jandaia.model.sampling.Setting;
import io.jandaia.server.ApiServer;
import io.jandaia.server.Models;
import io.jandaia.server.ServeOptions;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Commands answered by a running server, beside the same ones that load the model. */
@Timeout(120)
class RunningServerTest {

    private static final String MODELS = "../model/src/test/resources/golden/models/";
    private static final String STARTER = "../models/starter";
    private static final InputStream IN = System.in;
    private static final Texts TEXTS = Texts.in(Language.ENGLISH);

    private static Map<String, Model> all;
    private static ApiServer server;

    @BeforeAll
    static void start() {
        all = List.of("roberta", "distilbert_cls", "bert_token", "bert_reranker", "bert_mlm", "t5", "marian").stream()
                .collect(Collectors.toMap(n -> MODELS + n, n -> Model.open(Path.of(MODELS, n), LoadOptions.DEFAULT)));
        all.put(STARTER, Model.open(Path.of(STARTER), LoadOptions.DEFAULT));
        System.setIn(InputStream.nullInputStream());
        Models models = new Models(
                all.entrySet().stream().collect(Collectors.toMap(Map.Entry::getKey, e -> e::getValue)),
                Map.of("gpt-4o", STARTER));
        models.open();
        server = ApiServer.start(ServeOptions.DEFAULT.address("127.0.0.1", 0), models, log -> {});
        System.setProperty("jandaia.url", server.uri().toString());
    }

    @AfterAll
    static void stop() {
        System.setIn(IN);
        System.clearProperty("jandaia.url");
        server.close();
        all.values().forEach(Model::close);
    }

    private static void sameThereAndHere(String... command) {
        Ran there = Ran.jandaia(command);
        assertThat(there.err()).contains("Answered by the server at " + server.uri());
        List<String> local = new ArrayList<>(List.of(command));
        local.add("--local");
        Ran here = Ran.jandaia(local.toArray(String[]::new));
        assertThat(here.err()).doesNotContain("Answered by");
        assertThat(there.out()).isEqualTo(here.out()).isNotEmpty();
        assertThat(there.code()).isEqualTo(here.code()).isZero();
    }

    @Test
    void textsAreReadThere() {
        sameThereAndHere("embed", MODELS + "roberta", "one text", "another");
        sameThereAndHere("embed", MODELS + "roberta", "one text", "--dimensions", "8", "--json");
        sameThereAndHere("classify", MODELS + "distilbert_cls", "one text", "another");
        sameThereAndHere("classify", MODELS + "distilbert_cls", "one text", "--json");
        sameThereAndHere("classify", MODELS + "bert_token", "Maria lives in Recife.", "--json");
        sameThereAndHere("classify", MODELS + "bert_token", "Maria lives in Recife.");
        sameThereAndHere("rerank", MODELS + "bert_reranker", "Where?", "one text", "another", "a third");
        sameThereAndHere(
                "translate", MODELS + "t5", "one text", "another", "--prefix", "to German: ", "--max-tokens", "9");
        sameThereAndHere("translate", MODELS + "marian", "one text");
        sameThereAndHere("score", STARTER, "Once upon a time, ação 🙂");
        sameThereAndHere("score", STARTER, "Once upon a time", "--json");
        sameThereAndHere("fill", MODELS + "bert_mlm", "The [MASK] fox and the [MASK].", "--guesses", "3");
        sameThereAndHere("fill", MODELS + "bert_mlm", "The [MASK] fox.", "--json", "--logits");
        sameThereAndHere("run", STARTER, "Once", "--raw", "--temperature", "0");
    }

    @Test
    void aNameThatOnlyTheServerKnowsIsOne() {
        Ran r = Ran.jandaia("run", "gpt-4o", "Once", "--max-tokens", "3");
        assertThat(r.err()).contains("Answered by");
        assertThat(r.code()).as(r.err()).isZero();
        assertThat(Ran.jandaia("run", "gpt-4o", "Once", "--local").err()).contains("There is no model 'gpt-4o'");
    }

    @Test
    void whatAServerCannotSayIsComputedHere() {
        assertThat(Ran.jandaia("embed", MODELS + "roberta", "a", "--pooling", "cls")
                        .err())
                .doesNotContain("Answered by");
        assertThat(Ran.jandaia("classify", MODELS + "bert_token", "a b", "--logits")
                        .err())
                .doesNotContain("Answered by");
        assertThat(Ran.jandaia("rerank", MODELS + "bert_reranker", "a", "b", "--threads", "1")
                        .err())
                .doesNotContain("Answered by");
    }

    @Test
    void aRefusalIsSaidAndTheCommandGoesOnHere() {
        Ran r = Ran.jandaia("embed", MODELS + "roberta", "word ".repeat(2000));
        assertThat(r.err()).contains("Answered by", "tokens; the model reads at most", "is computed here instead");
        assertThat(r.code()).isNotZero();
    }

    private static ServerPartner partner() {
        return new ServerPartner(Objects.requireNonNull(RunningServer.having(STARTER)), TEXTS);
    }

    @Test
    void aChatIsTheSameThereAndHere() {
        List<Message> messages = List.of(Message.user("Hi"));
        GenerateOptions options = GenerateOptions.DEFAULT.temperature(0).maxTokens(20);
        try (Partner there = partner();
                Partner here = new LocalPartner(
                        Model.open(Path.of(STARTER), LoadOptions.DEFAULT), Inputs.NONE.generate(true), TEXTS)) {
            StringBuilder shown = new StringBuilder();
            Partner.Turn a = there.answer(messages, options, n -> {}, shown::append);
            Partner.Turn b = here.answer(messages, options, n -> {}, t -> {});
            assertThat(a.text()).isEqualTo(b.text()).isEqualTo(shown.toString());
            assertThat(a.reason()).isEqualTo(b.reason());
            assertThat(a.prompt()).isEqualTo(b.prompt());
            assertThat(a.completion()).isEqualTo(b.completion());
            assertThat(there.contextLength()).isEqualTo(here.contextLength());
            assertThat(there.facts()).containsEntry("server", server.uri().toString());
        }
    }

    @Test
    void aChatCanBeStoppedInTheMiddle() {
        try (Partner there = partner()) {
            StringBuilder shown = new StringBuilder();
            Partner.Turn turn = there.answer(
                    List.of(Message.user("Hi")),
                    GenerateOptions.DEFAULT.with(Setting.IGNORE_END, true).maxTokens(450),
                    n -> {},
                    text -> {
                        shown.append(text);
                        there.stop();
                    });
            assertThat(turn.reason()).isEqualTo(FinishReason.CANCELLED);
            assertThat(turn.text()).isEqualTo(shown.toString()).isNotEmpty();
            assertThat(there.answer(List.of(Message.user("Hi")), GenerateOptions.DEFAULT.maxTokens(3), n -> {}, t -> {})
                            .reason())
                    .isNotEqualTo(FinishReason.CANCELLED);
        }
    }

    @Test
    void settingsThatRequestsCannotSayAreRefusedInAChat() {
        try (Partner there = partner()) {
            assertThatThrownBy(() -> there.sampling(GenerateOptions.DEFAULT.with(Setting.LOG_PROBS, 3)))
                    .isInstanceOf(JandaiaException.class)
                    .hasMessageContaining("--local");
        }
    }
}
