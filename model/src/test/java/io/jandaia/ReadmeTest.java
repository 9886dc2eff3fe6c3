package io.jandaia;

import static org.assertj.core.api.Assertions.assertThat;

import io.jandaia.model.Answer;
import io.jandaia.model.GenerateOptions;
import io.jandaia.model.Model;
import io.jandaia.model.Score;
import io.jandaia.model.chat.Message;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The Java that README.md shows, as it stands there, runs. */
class ReadmeTest {

    @Test
    void theProgramOfTheReadmeRuns() {
        String model = "../models/starter";
        // tag::readme
        try (Model m = Jandaia.load(model)) {
            System.out.println(m.chat("Tell me a story about a bird."));

            var options = GenerateOptions.DEFAULT.temperature(0.7).maxTokens(60).seed(7);
            Answer answer = m.chat(List.of(Message.user("And one about a cat.")), options, System.out::print);
            System.out.println(answer.usage().completionTokens() + " tokens, ended by " + answer.finishReason());

            Score score = m.score("The bird sang.");
            int[] ids = m.tokenizer().encode("The bird sang.").ids();
            System.out.println("perplexity " + score.perplexity() + ", " + ids.length + " tokens");
        }
        // end::readme
    }

    @Test
    void theReadmeShowsIt() throws IOException {
        String own = Files.readString(Path.of("src/test/java/io/jandaia/ReadmeTest.java"));
        String program = own.substring(own.indexOf("try (Model m"), own.indexOf("// end::readme"));
        String shown = withoutSpace(program.replace("load(model)", "load(\"starter\")"));
        for (String readme : List.of("../README.md", "../LEIAME.md")) {
            assertThat(withoutSpace(Files.readString(Path.of(readme))))
                    .as(readme)
                    .contains(shown);
        }
    }

    private static String withoutSpace(String text) {
        return text.replaceAll("\\s", "");
    }
}
