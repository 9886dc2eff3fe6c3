package io.jandaia.cli;

import io.jandaia.cli.language.Texts;
import io.jandaia.cli.terminal.Tty;
import io.jandaia.model.ModelText;
import io.jandaia.model.chat.Inputs;
import io.jandaia.model.chat.Message;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.json.JsonMapper;

/** {@code jandaia template}: what a model sees of a conversation. */
@Command(name = "template", mixinStandardHelpOptions = true)
final class TemplateCommand implements Callable<Integer> {

    @Parameters(index = "0", paramLabel = "MODEL", descriptionKey = "model")
    String name = "";

    @Option(names = "--messages", required = true, paramLabel = "FILE")
    Path messages = Path.of("");

    @Option(names = "--tools", paramLabel = "FILE")
    @Nullable
    Path tools;

    @Option(names = "--no-generation-prompt")
    boolean closed;

    @Mixin
    TemplateOptions templateOptions = new TemplateOptions();

    @Mixin
    PullOptions pullOptions;

    private final PrintStream out;
    private final PrintStream err;
    private final Texts texts;

    TemplateCommand(PrintStream out, PrintStream err, Texts texts, Tty tty) {
        this.out = out;
        this.err = err;
        this.texts = texts;
        this.pullOptions = new PullOptions(err, texts, tty);
    }

    @Override
    public Integer call() {
        ModelText text = ModelText.open(pullOptions.find(name), templateOptions.template);
        text.notes().forEach(err::println);
        Inputs inputs = templateOptions.toInputs(texts).generate(!closed);
        if (tools != null) {
            inputs = inputs.tools(objects(tools));
        }
        List<Message> conversation = new ArrayList<>();
        for (Map<String, @Nullable Object> fields : objects(messages)) {
            conversation.add(Message.of(fields));
        }
        out.print(text.render(conversation, inputs).text());
        out.flush();
        return 0;
    }

    @SuppressWarnings("unchecked") // the elements are checked below
    private List<Map<String, @Nullable Object>> objects(Path file) {
        Object json = JsonMapper.shared().treeToValue(InputFile.json(file, texts), Object.class);
        if (!(json instanceof List<?> list) || !list.stream().allMatch(o -> o instanceof Map)) {
            throw texts.usage("file.objects", file);
        }
        return (List<Map<String, @Nullable Object>>) json;
    }
}
