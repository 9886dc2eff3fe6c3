package io.jandaia.cli;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.ModelStore;
import io.jandaia.model.ModelText;
import io.jandaia.model.chat.Inputs;
import io.jandaia.model.chat.Message;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
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
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** {@code jandaia template}: what a model sees of a conversation. */
@Command(
        name = "template",
        description = "Prints exactly what the model will see of a conversation.",
        mixinStandardHelpOptions = true)
final class TemplateCommand implements Callable<Integer> {

    @Parameters(index = "0", paramLabel = "MODEL", description = "A .gguf file, a folder or the name of a model.")
    String name = "";

    @Option(
            names = "--messages",
            required = true,
            paramLabel = "FILE",
            description = "A JSON list of messages with role and content.")
    Path messages = Path.of("");

    @Option(names = "--tools", paramLabel = "FILE", description = "A JSON list of tools.")
    @Nullable
    Path tools;

    @Option(
            names = "--no-generation-prompt",
            description = "End after the last message, without the opening of an answer.")
    boolean closed;

    @Mixin
    TemplateOptions templateOptions = new TemplateOptions();

    private final PrintStream out;
    private final PrintStream err;

    TemplateCommand(PrintStream out, PrintStream err) {
        this.out = out;
        this.err = err;
    }

    @Override
    public Integer call() {
        ModelText text = ModelText.open(ModelStore.local().find(name), templateOptions.template);
        text.notes().forEach(err::println);
        Inputs inputs = templateOptions.toInputs().generate(!closed);
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
    private static List<Map<String, @Nullable Object>> objects(Path file) {
        Object json;
        try {
            json = JsonMapper.shared().readValue(Files.readString(file), Object.class);
        } catch (NoSuchFileException e) {
            throw new JandaiaException(JandaiaException.Kind.USAGE, "There is no file " + file + ".", e);
        } catch (IOException e) {
            throw new JandaiaException(
                    JandaiaException.Kind.USAGE, "Cannot read " + file + " as text: " + e.getMessage() + ".", e);
        } catch (JacksonException e) {
            String why = String.valueOf(e.getOriginalMessage());
            throw new JandaiaException(
                    JandaiaException.Kind.USAGE, "The file " + file + " is no JSON: " + why + ".", e);
        }
        if (!(json instanceof List<?> list) || !list.stream().allMatch(o -> o instanceof Map)) {
            throw JandaiaException.usage("The file " + file + " holds no list of JSON objects.");
        }
        return (List<Map<String, @Nullable Object>>) json;
    }
}
