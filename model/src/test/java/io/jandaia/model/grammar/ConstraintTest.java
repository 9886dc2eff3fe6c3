package io.jandaia.model.grammar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.Answer;
import io.jandaia.model.GenerateOptions;
import io.jandaia.model.LoadOptions;
import io.jandaia.model.Model;
import io.jandaia.model.chat.Message;
import io.jandaia.model.engine.TokenEvent.FinishReason;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Answers of a model that may only be what a grammar says. */
class ConstraintTest {

    private static final String PERSON = "{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\"},"
            + "\"age\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":130},"
            + "\"tags\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}}},\"required\":[\"name\",\"age\",\"tags\"]}";

    private static Model model;

    @BeforeAll
    static void open() {
        model = Model.open(Path.of("../models/starter"), LoadOptions.DEFAULT);
    }

    @AfterAll
    static void close() {
        model.close();
    }

    private static Answer answer(Grammar g, long seed, int most) {
        GenerateOptions o =
                GenerateOptions.DEFAULT.grammar(g).temperature(1.5).seed(seed).maxTokens(most);
        return model.chat(List.of(Message.user("Tell me of a bird.")), o, t -> {});
    }

    @Test
    void answersAreWholeHoweverFewTokensTheyHave() {
        Grammar g = Grammar.jsonSchema(JsonMapper.shared().readTree(PERSON));
        for (int seed = 0; seed < 60; seed++) {
            Answer a = answer(g, seed, 24 + seed);
            JsonNode json = JsonMapper.shared().readTree(a.text());
            assertThat(json.get("name").isString()).isTrue();
            assertThat(json.get("age").intValue()).isBetween(0, 130);
            assertThat(json.get("tags").isArray()).isTrue();
            assertThat(a.usage().completionTokens()).isLessThanOrEqualTo(24 + seed);
            assertThat(a.finishReason()).isEqualTo(FinishReason.STOP);
        }
    }

    @Test
    void whatDoesNotFitIntoTheTokensIsRefused() {
        Grammar g = Grammar.jsonSchema(JsonMapper.shared().readTree(PERSON));
        assertThatThrownBy(() -> answer(g, 1, 5))
                .isInstanceOf(JandaiaException.class)
                .hasMessageContaining("does not fit into 5 tokens");
    }

    @Test
    void jsonModeGivesObjects() {
        for (int seed = 0; seed < 30; seed++) {
            assertThat(JsonMapper.shared()
                            .readTree(answer(Grammar.json(), seed, 60).text())
                            .isObject())
                    .isTrue();
        }
    }

    @Test
    void choicesAreAllChosenSometimes() {
        Set<String> seen = new HashSet<>();
        for (int seed = 0; seed < 60; seed++) {
            seen.add(answer(Grammar.choice(List.of("red", "green", "blue é")), seed, 20)
                    .text());
        }
        assertThat(seen).isSubsetOf("red", "green", "blue é").hasSizeGreaterThan(1);
    }

    @Test
    void theSameWithNeighboursAndWithoutAndWithGuesses() throws Exception {
        Grammar g = Grammar.jsonSchema(JsonMapper.shared().readTree(PERSON));
        List<String> alone = new ArrayList<>();
        for (int seed = 0; seed < 8; seed++) {
            alone.add(answer(g, seed, 60).text());
        }
        try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
            List<Callable<String>> all = new ArrayList<>();
            for (int seed = 0; seed < 8; seed++) {
                int own = seed;
                all.add(() -> answer(g, own, 60).text());
            }
            List<String> together = new ArrayList<>();
            for (Future<String> f : threads.invokeAll(all)) {
                together.add(f.get());
            }
            assertThat(together).isEqualTo(alone);
        }
    }

    /** The masks of some thousand states on random walks, beside one made token by token on an automaton of its own. */
    @Test
    void theMaskIsThatOfEveryTokenTriedByItself() {
        TokenTree tree = TokenTree.of(model.tokenizer());
        List<Grammar> grammars = new ArrayList<>(List.of(
                Grammar.json(),
                Grammar.regex("(a|bc)*\\d{2,4}[à-ÿ]? .*"),
                Grammar.choice(List.of("yes", "yesterday", "no", "São Paulo")),
                Grammar.gbnf("root ::= item (\", \" item)*\nitem ::= [a-z]+ | \"(\" root \")\"")));
        JsonSchemaTest.schemas()
                .forEach(schema ->
                        grammars.add(Grammar.jsonSchema(JsonMapper.shared().readTree(schema.replace('\'', '"')))));
        grammars.addAll(byChance(400));
        SplittableRandom random = new SplittableRandom(11);
        int walks = 0;
        int states = 0;
        while (walks < grammars.size()) {
            Grammar g = grammars.get(walks++ % grammars.size());
            TokenAutomaton fast = new TokenAutomaton(g, tree);
            TokenAutomaton slow = new TokenAutomaton(g, tree);
            TokenAutomaton.State at = fast.start();
            TokenAutomaton.State naive = slow.start();
            for (int step = 0; step < 12; step++, states++) {
                long[] mask = fast.mask(at);
                List<Integer> able = new ArrayList<>();
                for (int id = 0; id < tree.size; id++) {
                    boolean fits = tree.texts[id].length > 0 && slow.next(naive, tree.texts[id]) != null;
                    if (((mask[id >> 6] >> (id & 63) & 1) == 1) != fits) {
                        throw new AssertionError("token " + id + " after " + step + " steps of " + g);
                    }
                    if (fits) {
                        able.add(id);
                    }
                }
                if (able.isEmpty()) {
                    break;
                }
                byte[] text = tree.texts[able.get(random.nextInt(able.size()))];
                at = Objects.requireNonNull(fast.next(at, text));
                naive = Objects.requireNonNull(slow.next(naive, text));
            }
        }
        assertThat(states).isGreaterThan(3000);
    }

    private static List<Grammar> byChance(int count) {
        RandomGrammars some = new RandomGrammars(12);
        List<Grammar> out = new ArrayList<>();
        while (out.size() < count) {
            try {
                out.add(
                        switch (out.size() % 3) {
                            case 0 -> Grammar.jsonSchema(some.schema());
                            case 1 -> Grammar.regex(some.regex());
                            default -> Grammar.gbnf(some.gbnf());
                        });
            } catch (JandaiaException e) {
                assertThat(out.size() % 3).as("only schemas are refused: %s", e).isZero();
            }
        }
        return out;
    }

    @Test
    void tokensOfTheTreeAreThoseOfTheVocabulary() {
        TokenTree tree = TokenTree.of(model.tokenizer());
        Grammar anything = Grammar.regex("[^\\x00]*\\x00?");
        TokenAutomaton a = new TokenAutomaton(anything, tree);
        long[] mask = a.mask(a.start());
        for (int id = 0; id < tree.size; id++) {
            boolean fits = tree.texts[id].length > 0 && a.next(a.start(), tree.texts[id]) != null;
            assertThat((mask[id >> 6] >> (id & 63) & 1) == 1).as("token %d", id).isEqualTo(fits);
        }
        assertThat(tree.tokens.length).isGreaterThan(1000);
        String text = "Olá, mundo! 日本";
        StringBuilder joined = new StringBuilder();
        java.io.ByteArrayOutputStream bytes = new java.io.ByteArrayOutputStream();
        for (int id : model.tokenizer().encode(text).ids()) {
            bytes.writeBytes(tree.texts[id]);
        }
        joined.append(bytes.toString(java.nio.charset.StandardCharsets.UTF_8));
        assertThat(joined.toString().strip()).isEqualTo(text);
    }
}
