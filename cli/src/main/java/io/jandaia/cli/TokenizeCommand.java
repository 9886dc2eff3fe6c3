package io.jandaia.cli;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.ModelStore;
import io.jandaia.model.ModelText;
import io.jandaia.model.tokenizer.EncodeOptions;
import io.jandaia.model.tokenizer.Encoding;
import io.jandaia.model.tokenizer.Tokenizer;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code jandaia tokenize}: text to token ids, and back. */
@Command(
        name = "tokenize",
        description = "Shows the tokens of a text, or with --decode the text of token ids.",
        mixinStandardHelpOptions = true)
final class TokenizeCommand implements Callable<Integer> {

    @Parameters(
            index = "0",
            paramLabel = "MODEL",
            description = "A .gguf file, a folder (tokenizer files are enough) or the name of a model.")
    String name = "";

    @Parameters(index = "1", paramLabel = "TEXT", description = "The text; with --decode token ids such as 5,6,7.")
    String text = "";

    @Option(names = "--json", description = "Print one JSON object: {token_ids, tokens, offsets}.")
    boolean json;

    @Option(names = "--offsets", description = "Show where each token begins and ends in the text, in code points.")
    boolean offsets;

    @Option(names = "--decode", description = "TEXT is token ids; print their text.")
    boolean decode;

    @Option(names = "--no-special", description = "Without the special tokens that the model's own rules add.")
    boolean plain;

    private final PrintStream out;

    TokenizeCommand(PrintStream out) {
        this.out = out;
    }

    @Override
    public Integer call() {
        Tokenizer tokenizer =
                ModelText.open(ModelStore.local().find(name), null).tokenizer();
        if (decode) {
            int[] ids = TokenIds.parse(text, "TEXT");
            for (int id : ids) {
                if (id < 0 || id >= tokenizer.size()) {
                    throw JandaiaException.usage("TEXT has token id " + id + "; the vocabulary has ids 0 to "
                            + (tokenizer.size() - 1) + ".");
                }
            }
            String decoded = tokenizer.decode(ids, false);
            out.println(
                    json
                            ? JsonMapper.shared()
                                    .createObjectNode()
                                    .put("text", decoded)
                                    .toString()
                            : decoded);
            return 0;
        }
        Encoding encoding = tokenizer.encode(text, new EncodeOptions(!plain, true));
        if (json) {
            out.println(toJson(tokenizer, encoding));
            return 0;
        }
        for (int i = 0; i < encoding.size(); i++) {
            int id = encoding.ids()[i];
            String where =
                    offsets ? String.format(Locale.ROOT, " %5d %5d", encoding.starts()[i], encoding.ends()[i]) : "";
            out.printf(Locale.ROOT, "%8d%s  %s%n", id, where, tokenizer.token(id));
        }
        return 0;
    }

    private static String toJson(Tokenizer tokenizer, Encoding encoding) {
        ObjectNode json = JsonMapper.shared().createObjectNode();
        ArrayNode ids = json.putArray("token_ids");
        Arrays.stream(encoding.ids()).forEach(ids::add);
        ArrayNode tokens = json.putArray("tokens");
        Arrays.stream(encoding.ids()).mapToObj(tokenizer::token).forEach(tokens::add);
        ArrayNode offsets = json.putArray("offsets");
        for (int i = 0; i < encoding.size(); i++) {
            offsets.addArray().add(encoding.starts()[i]).add(encoding.ends()[i]);
        }
        return json.toString();
    }
}
