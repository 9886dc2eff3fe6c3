package io.jandaia.model.grammar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.jandaia.error.JandaiaException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Grammars of JSON schemas beside an independent validator: what they write, it accepts. */
class JsonSchemaTest {

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    private static final SchemaRegistry VALIDATOR =
            SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);

    private static JsonNode json(String text) {
        return JSON.readTree(text.replace('\'', '"'));
    }

    private static Grammar grammar(String schema) {
        return Grammar.jsonSchema(json(schema));
    }

    private static boolean valid(Schema schema, JsonNode value) {
        return schema.validate(value, context -> context.executionConfig(c -> c.formatAssertionsEnabled(true)))
                .isEmpty();
    }

    static List<String> schemas() {
        return List.of(
                "{}",
                "true",
                "{'type':'string'}",
                "{'type':'string','minLength':2,'maxLength':5.0}",
                "{'type':'string','pattern':'^[a-z]{2,4}\\\\d$'}",
                "{'type':'string','pattern':'a\\\\/b'}",
                "{'type':'string','pattern':'^\\\"\\\\n\\\\\\\\x$'}",
                "{'type':'string','pattern':'a','minLength':3,'maxLength':5}",
                "{'type':'string','pattern':'^(ab)*$','maxLength':5}",
                "{'type':'string','pattern':'^[^a]+$','minLength':2,'maxLength':3}",
                "{'type':'string','format':'date','pattern':'^20'}",
                "{'type':'string','format':'hostname','maxLength':12}",
                "{'type':'string','format':'uri','minLength':1,'maxLength':2083}",
                "{'type':['string','null','boolean']}",
                "{'type':'integer','minimum':-9007199254740991,'maximum':9007199254740991}",
                "{'type':'integer'}",
                "{'type':'integer','minimum':-17,'maximum':1234}",
                "{'type':'integer','exclusiveMinimum':9,'exclusiveMaximum':101}",
                "{'type':'integer','minimum':5}",
                "{'type':'integer','maximum':-5}",
                "{'type':'integer','minimum':3,'maximum':300,'multipleOf':7}",
                "{'type':'integer','multipleOf':10}",
                "{'type':'integer','multipleOf':1}",
                "{'type':'integer','multipleOf':4,'minimum':-100000,'maximum':7}",
                "{'type':'integer','multipleOf':125,'exclusiveMinimum':5}",
                "{'type':'integer','multipleOf':0.5,'minimum':5}",
                "{'allOf':[{'type':['integer','string','null']},{'type':['number','string']},{'enum':[1,2.5,3,'a']},{'enum':[1,'a',null]}]}",
                "{'type':'number'}",
                "{'type':'number','minimum':0,'maximum':1}",
                "{'type':'number','exclusiveMinimum':-2.75,'exclusiveMaximum':10.5}",
                "{'type':'number','minimum':0.125,'maximum':0.13}",
                "{'type':'number','minimum':-3.5,'maximum':-1.25}",
                "{'type':'number','exclusiveMinimum':0}",
                "{'type':'number','exclusiveMaximum':0}",
                "{'minimum':99.95}",
                "{'enum':['a',1,null,{'b':[2]},'é\\\"']}",
                "{'const':{'x':'y'}}",
                "{'type':'string','enum':['a',1,'b']}",
                "{'type':'array','items':{'type':'integer'}}",
                "{'type':'array','items':{'type':'boolean'},'minItems':2,'maxItems':3}",
                "{'type':'array','prefixItems':[{'type':'string'},{'type':'integer'}],'items':false}",
                "{'type':'array','prefixItems':[{'type':'string'},{'type':'integer'}],'items':{'const':1},'minItems':1,'maxItems':4}",
                "{'type':'array','maxItems':0}",
                "{'type':'object'}",
                "{'type':'object','properties':{'a':{'type':'string'},'b':{'type':'integer'},'c':{}},'required':['b']}",
                "{'type':'object','properties':{'a':{'type':'string'},'b':{'type':'integer'}},'additionalProperties':false}",
                "{'type':'object','properties':{'ab':{'const':1},'abc':{'const':2},'x':{'const':3}},'additionalProperties':{'type':'boolean'}}",
                "{'type':'object','required':['z'],'properties':{'a':{'const':1}},'additionalProperties':{'type':'null'}}",
                "{'type':'object','additionalProperties':{'type':'integer'}}",
                "{'type':'object','properties':{},'additionalProperties':false}",
                "{'anyOf':[{'type':'string'},{'type':'array','items':{'type':'null'}}]}",
                "{'oneOf':[{'type':'object','properties':{'kind':{'const':'a'},'n':{'type':'integer'}},'required':['kind','n']},"
                        + "{'type':'object','properties':{'kind':{'const':'b'},'t':{'type':'string'}},'required':['kind']}]}",
                "{'oneOf':[{'type':'integer'},{'type':'string'}]}",
                "{'type':'object','oneOf':[{'required':['k'],'properties':{'k':{'const':1}}},{'required':['k'],'properties':{'k':{'const':2}}}]}",
                "{'$defs':{'k':{'type':'object','required':['k']}},'oneOf':[{'allOf':[{'$ref':'#/$defs/k'},{'properties':{'k':{'const':1}}}]},"
                        + "{'allOf':[{'$ref':'#/$defs/k'},{'properties':{'k':{'const':'b'}}}]}]}",
                "{'allOf':[{'type':'object','properties':{'a':{'type':'integer','minimum':1}},'required':['a']},"
                        + "{'properties':{'b':{'type':'boolean'},'a':{'maximum':9}},'required':['b']}]}",
                "{'$defs':{'tree':{'type':'object','properties':{'v':{'type':'integer'},'l':{'$ref':'#/$defs/tree'},"
                        + "'r':{'$ref':'#/$defs/tree'}},'required':['v'],'additionalProperties':false}},'$ref':'#/$defs/tree'}",
                "{'type':'object','allOf':[{'properties':{'foo':{}}}],'additionalProperties':{'type':'boolean'}}",
                "{'type':'object','allOf':[{'properties':{'a':{}}},{'properties':{'b':{}},'additionalProperties':false}]}",
                "{'type':'array','allOf':[{'prefixItems':[{'minimum':3}]}],'items':{'type':'integer','minimum':5}}",
                "{'type':'array','items':{'$ref':'#'}}",
                "{'allOf':[{'properties':{'foo':false}},{'additionalProperties':true}],'type':'object'}",
                "{'type':'object','properties':{'a':false,'b':{}},'additionalProperties':{'type':'null'}}",
                "{'type':'array','prefixItems':[{},false]}",
                "{'oneOf':[false,{'type':'string'}],'maxLength':2}",
                "{'definitions':{'n':{'type':'integer','minimum':0}},'properties':{'x':{'$ref':'#/definitions/n','maximum':9}},"
                        + "'required':['x'],'type':'object'}",
                "{'type':'string','format':'date'}",
                "{'type':'string','format':'date-time'}",
                "{'type':'string','format':'time'}",
                "{'type':'string','format':'email'}",
                "{'type':'string','format':'uuid'}",
                "{'type':'string','format':'uri'}",
                "{'type':'string','format':'ipv4'}",
                "{'type':'string','format':'ipv6'}",
                "{'type':'string','format':'hostname'}");
    }

    @ParameterizedTest
    @MethodSource("schemas")
    void whatItWritesIsValid(String text) {
        for (SchemaReading reading : SchemaReading.values()) {
            whatItWritesIsValid(text, reading);
        }
    }

    private static void whatItWritesIsValid(String text, SchemaReading reading) {
        JsonNode node = json(text);
        Schema schema = VALIDATOR.getSchema(node);
        TokenAutomaton a = Bytes.automaton(Grammar.jsonSchema(node, reading));
        SplittableRandom random = new SplittableRandom(text.hashCode());
        for (int i = 0; i < 100; i++) {
            String written = Bytes.write(a, random, random.nextInt(90));
            if (text.contains("email")) { // the validator wants top-level domains that exist today
                written = written.replaceAll("\\.[a-zA-Z]+\"$", ".com\"");
            }
            assertThat(valid(schema, JSON.readTree(written)))
                    .as("%s by %s, %s", written, text, reading)
                    .isTrue();
        }
    }

    /** Schemas by chance: what their grammars write or take of values by chance is valid. */
    @Test
    void whatGrammarsOfRandomSchemasTakeIsValid() {
        RandomGrammars some = new RandomGrammars(21);
        SplittableRandom random = new SplittableRandom(22);
        int schemas = 0;
        int texts = 0;
        for (int i = 0; i < 3000; i++) {
            JsonNode node = some.schema();
            SchemaReading reading = i % 2 == 0 ? SchemaReading.USUAL : SchemaReading.COMPLETE;
            TokenAutomaton a;
            try {
                a = Bytes.automaton(Grammar.jsonSchema(node, reading));
            } catch (JandaiaException e) {
                continue;
            }
            schemas++;
            Set<String> taken = new LinkedHashSet<>();
            for (int n = 0; n < 10; n++) {
                taken.add(Bytes.write(a, random, random.nextInt(40)));
                String value = some.value(0).toString();
                if (Bytes.fits(a, value)) {
                    taken.add(value);
                }
            }
            Schema schema = VALIDATOR.getSchema(node);
            for (String text : taken) {
                assertThat(valid(schema, JSON.readTree(text)))
                        .as("%s by %s, %s", text, node, reading)
                        .isTrue();
            }
            texts += taken.size();
        }
        assertThat(schemas).isGreaterThan(1000);
        assertThat(texts).isGreaterThan(10_000);
    }

    @Test
    void numbersWithinLimitsFitAndOthersDoNot() {
        SplittableRandom random = new SplittableRandom(5);
        for (int i = 0; i < 150; i++) {
            boolean whole = random.nextBoolean();
            BigDecimal x = number(random, whole);
            BigDecimal y = number(random, whole);
            BigDecimal low = x.min(y);
            BigDecimal high = x.max(y);
            boolean openLow = random.nextInt(3) == 0;
            boolean openHigh = random.nextInt(3) == 0;
            boolean hasLow = random.nextInt(5) > 0;
            boolean hasHigh = random.nextInt(5) > 0 || !hasLow;
            String schema = "{'type':'" + (whole ? "integer" : "number") + "'"
                    + (hasLow ? ",'" + (openLow ? "exclusiveMinimum" : "minimum") + "':" + low.toPlainString() : "")
                    + (hasHigh ? ",'" + (openHigh ? "exclusiveMaximum" : "maximum") + "':" + high.toPlainString() : "")
                    + "}";
            TokenAutomaton a;
            try {
                a = Bytes.automaton(grammar(schema));
            } catch (JandaiaException e) {
                assertThat(e).hasMessageContaining("allows no number");
                continue;
            }
            List<BigDecimal> tried = new ArrayList<>(List.of(low, high, BigDecimal.ZERO, BigDecimal.ONE));
            for (int j = 0; j < 40; j++) {
                tried.add(number(random, whole));
            }
            for (BigDecimal n : List.copyOf(tried)) {
                if (!whole) {
                    tried.add(n.add(new BigDecimal("0.001")));
                    tried.add(n.subtract(new BigDecimal("0.001")));
                } else {
                    tried.add(n.add(BigDecimal.ONE));
                    tried.add(n.subtract(BigDecimal.ONE));
                }
            }
            for (BigDecimal n : tried) {
                int toLow = n.compareTo(low);
                int toHigh = n.compareTo(high);
                boolean inside = (!hasLow || toLow > 0 || (toLow == 0 && !openLow))
                        && (!hasHigh || toHigh < 0 || (toHigh == 0 && !openHigh));
                assertThat(Bytes.fits(a, n.toPlainString()))
                        .as("%s in %s", n.toPlainString(), schema)
                        .isEqualTo(inside);
            }
        }
    }

    private static BigDecimal number(SplittableRandom random, boolean whole) {
        long n = random.nextLong(-1, 2)
                * random.nextLong(List.of(10L, 150L, 3000L).get(random.nextInt(3)));
        return whole ? BigDecimal.valueOf(n) : BigDecimal.valueOf(n, random.nextInt(4));
    }

    @Test
    void usualTextsFit() {
        String person = "{'type':'object','properties':{'name':{'type':'string'},'age':{'type':'integer','minimum':0},"
                + "'tags':{'type':'array','items':{'type':'string'}}},'required':['name','age']}";
        TokenAutomaton a = Bytes.automaton(grammar(person));
        for (String yes : List.of(
                "{'name':'Ana','age':3}",
                "{'name': 'Ana \\n', 'age': 30, 'tags': ['a', 'b']}",
                "{\n  'name': 'Ana',\n  'age': 3,\n  'tags': [\n    'a'\n  ]\n}")) {
            assertThat(Bytes.fits(a, yes.replace('\'', '"'))).as(yes).isTrue();
        }
        for (String no : List.of(
                "{'name':'Ana'}",
                "{'age':3,'name':'Ana'}",
                "{'name':'Ana','age':-3}",
                "{'name':'Ana','age':3,'x':1}")) {
            assertThat(Bytes.fits(a, no.replace('\'', '"'))).as(no).isFalse();
        }
    }

    @Test
    void whatASchemaLeavesOpenIsUsualOrComplete() {
        JsonNode named = json("{'properties':{'a':{'type':'integer'},'b':{'const':2.0}},'required':['a']}");
        for (String yes : List.of("{'a':1}", "{'a':1,'b':2.0}")) {
            for (SchemaReading reading : SchemaReading.values()) {
                assertThat(Bytes.fits(Grammar.jsonSchema(named, reading), yes.replace('\'', '"')))
                        .as("%s, %s", yes, reading)
                        .isTrue();
            }
        }
        for (String open : List.of("{'a':1.0}", "{'a':1,'b':2}", "{'a':1,'c':null}", "3", "'text'", "[]")) {
            for (SchemaReading reading : SchemaReading.values()) {
                assertThat(Bytes.fits(Grammar.jsonSchema(named, reading), open.replace('\'', '"')))
                        .as("%s, %s", open, reading)
                        .isEqualTo(reading == SchemaReading.COMPLETE);
            }
        }
        assertThat(Grammar.jsonSchema(named)).isNotEqualTo(Grammar.jsonSchema(named, SchemaReading.COMPLETE));
    }

    @Test
    void aOneOfWithoutTypesIsOfObjectsOnlyAsItIsUsuallyMeant() {
        JsonNode schema = json("{'oneOf':[{'required':['k'],'properties':{'k':{'const':1}}},"
                + "{'required':['k'],'properties':{'k':{'const':2}}}]}");
        assertThat(Bytes.fits(Grammar.jsonSchema(schema), "{\"k\":2}")).isTrue();
        assertThatThrownBy(() -> Grammar.jsonSchema(schema, SchemaReading.COMPLETE))
                .isInstanceOf(JandaiaException.class)
                .hasMessageContaining("'oneOf'");
    }

    static List<String> refused() {
        return List.of(
                "not:{'not':{'type':'string'}}",
                "if:{'if':{}}",
                "uniqueItems:{'type':'array','uniqueItems':true}",
                "patternProperties:{'type':'object','patternProperties':{}}",
                "minProperties:{'type':'object','minProperties':1}",
                "requried:{'type':'object','requried':['a']}",
                "format:{'type':'string','format':'color'}",
                "pattern:{'type':'string','pattern':'a.*b','maxLength':2000}",
                "multipleOf:{'type':'integer','multipleOf':3}",
                "multipleOf:{'type':'number','multipleOf':0.1,'minimum':0,'maximum':1}",
                "oneOf:{'oneOf':[{'type':'integer'},{'type':'number'}]}",
                "oneOf:{'oneOf':[{'minLength':2},{'minimum':3}]}",
                "oneOf:{'oneOf':[{'const':1},{'const':1.0}]}",
                "oneOf:{'oneOf':[{'anyOf':[{'type':'string'}],'properties':{}},{'type':'string'}]}",
                "oneOf:{'$defs':{'A':{'type':'object','required':['n'],'properties':{'n':{'$ref':'#/$defs/A'}}},"
                        + "'B':{'type':'object','required':['n'],'properties':{'n':{'$ref':'#/$defs/B'}}}},"
                        + "'oneOf':[{'$ref':'#/$defs/A'},{'$ref':'#/$defs/B'}]}",
                "$ref:{'type':'array','items':{'$ref':'#nowhere'}}",
                "$ref:{'$id':'http://example.org/a','type':'array','items':{'$ref':'b'}}",
                "$ref:{'$ref':'https://example.org/schema'}",
                "type:{'allOf':[{'type':'string'},{'type':'integer'}]}");
    }

    @Test
    void referencesFollowTheAddressesOfSchemas() {
        String own = "{'$defs':{'n':{'type':'integer'}},'type':'array','items':{'$id':'http://example.org/n',"
                + "'$defs':{'n':{'type':'string'}},'$ref':'#/$defs/n'}}";
        String relative = "{'$id':'http://example.org/a/b.json','type':'array','items':{'$ref':'c.json#%s'},"
                + "'$defs':{'x':{'$id':'c.json','type':'string','$defs':{'t~/%%':{'$anchor':'t','type':'integer'}}}}}";
        String urn =
                "{'$id':'urn:example:a','type':'array','items':{'$ref':'#n'},'$defs':{'x':{'$anchor':'n','type':'string'}}}";
        for (String text : List.of(own, String.format(relative, ""), urn)) {
            assertThat(GrammarText.fits(grammar(text), "[\"a\"]")).as(text).isTrue();
            assertThat(GrammarText.fits(grammar(text), "[1]")).as(text).isFalse();
        }
        for (String fragment : List.of("t", "/$defs/t~0~1%25")) {
            Grammar g = grammar(String.format(relative, fragment));
            assertThat(GrammarText.fits(g, "[1]")).as(fragment).isTrue();
            assertThat(GrammarText.fits(g, "[\"a\"]")).as(fragment).isFalse();
        }
        String value = "{'$id':'http://example.org/a','const':{'$ref':'#/b','$anchor':'c'}}";
        assertThat(GrammarText.fits(grammar(value), "{\"$ref\":\"#/b\",\"$anchor\":\"c\"}"))
                .isTrue();
    }

    @ParameterizedTest
    @MethodSource("refused")
    void whatCannotBeGuaranteedIsRefusedByName(String text) {
        int colon = text.indexOf(':');
        assertThatThrownBy(() -> grammar(text.substring(colon + 1)))
                .isInstanceOfSatisfying(
                        JandaiaException.class, e -> assertThat(e.kind()).isEqualTo(JandaiaException.Kind.UNSUPPORTED))
                .hasMessageContaining("'" + text.substring(0, colon) + "'");
    }

    static List<String> wrong() {
        return List.of(
                "false",
                "3",
                "{'type':'strin'}",
                "{'enum':[]}",
                "{'type':'integer','minimum':3,'maximum':2}",
                "{'type':'string','minLength':3,'maxLength':2}",
                "{'type':'string','minLength':-1}",
                "{'type':'object','required':['a'],'additionalProperties':false}",
                "{'$ref':'#/$defs/none'}",
                "{'$ref':'#'}",
                "{'$defs':{'x':{'anyOf':[{'$ref':'#/$defs/x'}]}},'anyOf':[{'type':'string'},{'$ref':'#/$defs/x'}]}",
                "{'$ref':'#/%zz'}",
                "{'allOf':[{'minimum':'a'},{'minimum':'b'}]}",
                "{'allOf':[{'required':3},{'required':['a']}]}",
                "{'type':'object','properties':{'a':{'$ref':'#'}},'required':['a']}");
    }

    @ParameterizedTest
    @MethodSource("wrong")
    void whatNothingFitsIsRefused(String text) {
        assertThatThrownBy(() -> grammar(text)).isInstanceOf(JandaiaException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{'minimum':1e400}", "{'const':1e400}", "{'enum':[[-1e400]]}"})
    void numbersThatNoDoubleHoldsAreRefused(String text) {
        JsonNode schema = JsonMapper.shared().readTree(text.replace('\'', '"'));
        assertThatThrownBy(() -> Grammar.jsonSchema(schema))
                .isInstanceOf(JandaiaException.class)
                .hasMessageContaining("too large");
    }
}
