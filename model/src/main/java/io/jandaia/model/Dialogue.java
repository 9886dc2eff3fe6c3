package io.jandaia.model;

import io.jandaia.model.answer.AnswerFormat;
import io.jandaia.model.answer.AnswerParser;
import io.jandaia.model.answer.CallIds;
import io.jandaia.model.answer.ReasoningFormat;
import io.jandaia.model.answer.ToolUse;
import io.jandaia.model.chat.Inputs;
import io.jandaia.model.chat.Message;
import io.jandaia.model.chat.Prompt;
import io.jandaia.model.engine.ReasoningLimit;
import io.jandaia.model.engine.Request;
import io.jandaia.model.grammar.AnswerGrammar;
import io.jandaia.model.tokenizer.EncodeOptions;
import io.jandaia.model.tokenizer.Segment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A conversation that is to be answered: what the model is given, and how its answer is read.
 *
 * @param prompt token ids
 * @param options with the grammar of the answer
 * @param format how the answer is written
 * @param reasons whether it begins with reasoning
 * @param unchecked tools whose arguments may be any, since their schema cannot be guaranteed
 */
public record Dialogue(
        int[] prompt,
        GenerateOptions options,
        AnswerFormat format,
        ToolUse tools,
        boolean reasons,
        List<String> unchecked) {

    static Dialogue of(
            ModelText text,
            List<Message> messages,
            Inputs inputs,
            ToolUse use,
            GenerateOptions options,
            @Nullable Integer reasoningTokens) {
        AnswerFormat format = text.answers(use.possible());
        List<Message> seen =
                messages.stream().map(m -> PastMessages.forTemplate(m, format)).toList();
        Prompt prompt = text.render(seen, inputs.tools(use.forTemplate()));
        int[] ids = text.encode(prompt);
        boolean goesOn = inputs.continueFinalMessage(); // then only text can follow
        ReasoningFormat r = goesOn ? null : format.reasoning();
        AnswerFormat read = goesOn ? new AnswerFormat(null, "", format.calls()) : format;
        boolean reasons = r != null && r.opened(prompt.text());
        AnswerGrammar.Result grammar = AnswerGrammar.of(read, use, options.grammar(), reasons);
        ReasoningLimit limit = r == null || reasoningTokens == null
                ? null
                : new ReasoningLimit(
                        reasoningTokens,
                        reasons ? null : r.start(),
                        r.end(),
                        text.tokenizer()
                                .encode(List.of(new Segment("\n" + r.end() + "\n\n", false)), EncodeOptions.RENDERED)
                                .ids());
        GenerateOptions all = options.grammar(grammar == null ? null : grammar.grammar())
                .form(new Request.Form(text.specials(read, use.possible()), limit));
        return new Dialogue(ids, all, read, use, reasons, grammar == null ? List.of() : grammar.unchecked());
    }

    /** A text that is to be gone on with: the answer is nothing but text. */
    public static Dialogue plain(int[] prompt, GenerateOptions options) {
        return new Dialogue(prompt, options, AnswerFormat.TEXT, ToolUse.NONE, false, List.of());
    }

    /** What reads one answer. */
    public AnswerParser parser() {
        return new AnswerParser(format, tools.callable(), reasons, CallIds::next);
    }
}
