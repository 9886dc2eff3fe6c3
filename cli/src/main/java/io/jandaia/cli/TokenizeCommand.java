package io.jandaia.cli;

import io.jandaia.cli.language.Texts;
import io.jandaia.cli.terminal.Tty;
import io.jandaia.model.ModelText;
import io.jandaia.model.tokenizer.EncodeOptions;
import io.jandaia.model.tokenizer.Encoding;
import io.jandaia.model.tokenizer.Tokenizer;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code jandaia tokenize}: text to token ids, and back. */
@Command(name = "tokenize", mixinStandardHelpOptions = true)
final class TokenizeCommand implements Callable<Integer> {

    @Parameters(index = "0", paramLabel = "MODEL", descriptionKey = "model")
    String name = "";

    @Parameters(index = "1", arity = "0..1", paramLabel = "TEXT", descriptionKey = "text")
    @Nullable
    String word;

    @Option(names = "--json")
    boolean json;

    @Option(names = "--offsets")
    boolean offsets;

    @Option(names = "--decode")
    boolean decode;

    @Option(names = "--no-special")
    boolean plain;

    @Mixin
    PullOptions pullOptions;

    private final PrintStream out;
    private final Texts texts;
    private final Tty tty;

    TokenizeCommand(PrintStream out, PrintStream err, Texts texts, Tty tty) {
        this.out = out;
        this.texts = texts;
        this.tty = tty;
        this.pullOptions = new PullOptions(err, texts, tty);
    }

    @Override
    public Integer call() {
        if (decode && (offsets || plain)) {
            throw texts.usage("tokenize.decode.alone");
        }
        if (word == null && tty.input()) {
            throw texts.usage("tokenize.no.text");
        }
        String text = word != null ? word : StandardInput.text(texts);
        Tokenizer tokenizer = ModelText.open(pullOptions.find(name), null).tokenizer();
        if (decode) {
            int[] ids = TokenIds.parse(text, "TEXT", texts);
            for (int id : ids) {
                if (id < 0 || id >= tokenizer.size()) {
                    throw texts.usage("token.range", id, tokenizer.size() - 1);
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
