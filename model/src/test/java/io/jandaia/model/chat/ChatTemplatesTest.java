package io.jandaia.model.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jandaia.error.JandaiaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChatTemplatesTest {

    private static final List<Message> TALK =
            List.of(Message.system("Sys"), Message.user("Q1"), Message.assistant("A1"), Message.user("Q2"));
    private static final Inputs TOKENS = Inputs.NONE
            .specialTokens(Map.of("bos_token", "<s>", "eos_token", "</s>"))
            .generate(true);

    @Test
    void jinjaFilesComeBeforeJson(@TempDir Path folder) throws IOException {
        assertThat(ChatTemplates.load(folder).isEmpty()).isTrue();
        assertThatThrownBy(() -> ChatTemplates.load(folder).select(null, false))
                .isInstanceOf(JandaiaException.class)
                .hasMessageContaining("chatml");
        Files.writeString(folder.resolve("chat_template.json"), "{\"chat_template\": \"legacy\"}");
        assertThat(ChatTemplates.load(folder).select(null, true).source()).isEqualTo("legacy");
        Files.writeString(folder.resolve("tokenizer_config.json"), "{\"chat_template\": \"config\", \"x\": 1}");
        assertThat(ChatTemplates.load(folder).select(null, true).source()).isEqualTo("config");
        Files.writeString(folder.resolve("chat_template.jinja"), "main");
        Files.createDirectory(folder.resolve("additional_chat_templates"));
        Files.writeString(folder.resolve("additional_chat_templates").resolve("tool_use.jinja"), "tools");
        Files.writeString(folder.resolve("additional_chat_templates").resolve("rag.jinja"), "documents");
        ChatTemplates templates = ChatTemplates.load(folder);
        assertThat(templates.sources()).containsOnlyKeys("default", "rag", "tool_use");
        assertThat(templates.select(null, false).source()).isEqualTo("main");
        assertThat(templates.select(null, true).source()).isEqualTo("tools");
        assertThat(templates.select("rag", true).source()).isEqualTo("documents");
        assertThatThrownBy(() -> templates.select("other", false)).hasMessageContaining("[default, rag, tool_use]");
    }

    @Test
    void tokenizerConfigMayListTemplates(@TempDir Path folder) throws IOException {
        Path config = folder.resolve("tokenizer_config.json");
        Files.writeString(
                config,
                "{\"chat_template\": [{\"name\": \"default\", \"template\": \"d\"},"
                        + " {\"name\": \"tool_use\", \"template\": \"t\"}]}");
        assertThat(ChatTemplates.load(folder).select(null, true).source()).isEqualTo("t");
        for (String broken : List.of("{\"chat_template\": [1]}", "{\"chat_template\": 5}", "{", "[", "\u0000")) {
            Files.writeString(config, broken);
            assertThatThrownBy(() -> ChatTemplates.load(folder))
                    .isInstanceOf(JandaiaException.class)
                    .hasMessageContaining("tokenizer_config.json");
        }
        Files.writeString(config, "{\"chat_template\": null}");
        assertThat(ChatTemplates.load(folder).isEmpty()).isTrue();
        Files.write(folder.resolve("chat_template.jinja"), new byte[] {(byte) 0xff, 1});
        assertThatThrownBy(() -> ChatTemplates.load(folder)).hasMessageContaining("not UTF-8");
    }

    @Test
    void ggufMetadataNamesTemplates() {
        ChatTemplates templates = ChatTemplates.ofGguf(Map.of(
                "tokenizer.chat_template", "d",
                "tokenizer.chat_template.tool_use", "t",
                "tokenizer.chat_templates", List.of("tool_use"),
                "general.name", "x"));
        assertThat(templates.sources()).isEqualTo(Map.of("default", "d", "tool_use", "t"));
        assertThat(ChatTemplates.ofGguf(Map.of()).isEmpty()).isTrue();
    }

    private static String lines(String... lines) {
        return String.join("\n", lines);
    }

    @Test
    void knownFormats() {
        assertThat(ChatTemplates.named("chatml").render(TALK, TOKENS).text())
                .isEqualTo(lines(
                        "<|im_start|>system",
                        "Sys<|im_end|>",
                        "<|im_start|>user",
                        "Q1<|im_end|>",
                        "<|im_start|>assistant",
                        "A1<|im_end|>",
                        "<|im_start|>user",
                        "Q2<|im_end|>",
                        "<|im_start|>assistant",
                        ""));
        assertThat(ChatTemplates.named("llama2").render(TALK, TOKENS).text())
                .isEqualTo(lines("<s>[INST] <<SYS>>", "Sys", "<</SYS>>", "", "Q1 [/INST] A1 </s><s>[INST] Q2 [/INST]"));
        assertThat(ChatTemplates.named("vicuna").render(TALK, TOKENS).text())
                .isEqualTo("Sys USER: Q1 ASSISTANT: A1</s>USER: Q2 ASSISTANT:");
        assertThat(ChatTemplates.named("dolly").render(TALK, TOKENS).text())
                .isEqualTo(lines(
                        "Sys",
                        "",
                        "### Instruction:",
                        "Q1",
                        "",
                        "### Response:",
                        "A1",
                        "",
                        "### End",
                        "",
                        "### Instruction:",
                        "Q2",
                        "",
                        "### Response:",
                        ""));
        assertThat(ChatTemplates.named("alpaca").render(TALK, TOKENS).text())
                .isEqualTo(lines(
                        "Sys",
                        "",
                        "### Instruction:",
                        "Q1",
                        "",
                        "### Response:",
                        "A1</s>",
                        "",
                        "### Instruction:",
                        "Q2",
                        "",
                        "### Response:",
                        ""));
    }

    @Test
    void dollyTakesAnInputAndSaysWhatItIsByDefault() {
        List<Message> messages =
                List.of(Message.user("Summarise.").with("input", "A text."), Message.assistant("Short."));
        Prompt prompt = ChatTemplates.named("dolly").render(messages, Inputs.NONE);
        assertThat(Spans.show(prompt))
                .startsWith("Below is an instruction that describes a task. Write a response")
                .endsWith(lines(
                        "request.",
                        "",
                        "### Instruction:",
                        "0«Summarise.»",
                        "",
                        "Input:",
                        "0«A text.»",
                        "",
                        "### Response:",
                        "[1«Short.»][",
                        "",
                        "### End]"));
        assertThat(ChatTemplates.named("alpaca").render(messages, TOKENS).text())
                .contains("paired with an input")
                .contains("\n\n### Input:\nA text.\n\n### Response:\n");
    }

    @Test
    void knownFormatsRefuseWhatTheyDoNotKnow() {
        for (String name : List.of("dolly", "alpaca", "vicuna", "llama2")) {
            assertThatThrownBy(() -> ChatTemplates.named(name).render(List.of(Message.tool("1", "f", "x")), TOKENS))
                    .isInstanceOf(JandaiaException.class)
                    .hasMessageContaining(name.equals("llama2") ? "found tool" : "not tool");
        }
        assertThatThrownBy(() -> ChatTemplates.named("nope")).hasMessageContaining("[alpaca, chatml");
    }
}
