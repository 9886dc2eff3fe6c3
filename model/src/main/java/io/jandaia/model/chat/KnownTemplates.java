package io.jandaia.model.chat;

import java.util.Map;

/**
 * Prompt formats of model families whose files bring no template. Each marks what the assistant says, with the mark that ends
 * it, as generation, so that the same text serves training.
 */
final class KnownTemplates {

    /** Databricks' Dolly 2.0; a user message may have a field {@code input} with a text to answer from. */
    private static final String DOLLY = """
            {%- set intro = 'Below is an instruction that describes a task. \
            Write a response that appropriately completes the request.' %}
            {%- if messages and messages[0].role == 'system' %}
                {%- set intro = messages[0].content %}
            {%- endif %}
            {{- intro }}
            {%- for message in messages %}
                {%- if message.role == 'user' %}
                    {{- '\\n\\n### Instruction:\\n' ~ message.content }}
                    {%- if message.input %}
                        {{- '\\n\\nInput:\\n' ~ message.input }}
                    {%- endif %}
                {%- elif message.role == 'assistant' %}
                    {{- '\\n\\n### Response:\\n' }}
                    {%- generation %}{{- message.content ~ '\\n\\n### End' }}{% endgeneration %}
                {%- elif message.role != 'system' or not loop.first %}
                    {{- raise_exception('Dolly knows a first system message, user and assistant, not ' ~ message.role) }}
                {%- endif %}
            {%- endfor %}
            {%- if add_generation_prompt %}
                {{- '\\n\\n### Response:\\n' }}
            {%- endif %}
            """;

    /** Stanford's Alpaca; a user message may have a field {@code input}. */
    private static final String ALPACA = """
            {%- set inputs = messages | selectattr('input', 'defined') | list %}
            {%- set intro = 'Below is an instruction that describes a task' \
            ~ (', paired with an input that provides further context' if inputs else '') \
            ~ '. Write a response that appropriately completes the request.' %}
            {%- if messages and messages[0].role == 'system' %}
                {%- set intro = messages[0].content %}
            {%- endif %}
            {{- intro }}
            {%- for message in messages %}
                {%- if message.role == 'user' %}
                    {{- '\\n\\n### Instruction:\\n' ~ message.content }}
                    {%- if message.input %}
                        {{- '\\n\\n### Input:\\n' ~ message.input }}
                    {%- endif %}
                {%- elif message.role == 'assistant' %}
                    {{- '\\n\\n### Response:\\n' }}
                    {%- generation %}{{- message.content ~ eos_token }}{% endgeneration %}
                {%- elif message.role != 'system' or not loop.first %}
                    {{- raise_exception('Alpaca knows a first system message, user and assistant, not ' ~ message.role) }}
                {%- endif %}
            {%- endfor %}
            {%- if add_generation_prompt %}
                {{- '\\n\\n### Response:\\n' }}
            {%- endif %}
            """;

    /** LMSYS' Vicuna 1.1 and later. */
    private static final String VICUNA = """
            {%- if messages and messages[0].role == 'system' %}
                {{- messages[0].content ~ ' ' }}
            {%- else %}
                {{- 'A chat between a curious user and an artificial intelligence assistant. ' }}
                {{- "The assistant gives helpful, detailed, and polite answers to the user's questions. " }}
            {%- endif %}
            {%- for message in messages %}
                {%- if message.role == 'user' %}
                    {{- 'USER: ' ~ message.content | trim ~ ' ' }}
                {%- elif message.role == 'assistant' %}
                    {{- 'ASSISTANT:' }}
                    {%- generation %}{{- ' ' ~ message.content | trim ~ eos_token }}{% endgeneration %}
                {%- elif message.role != 'system' or not loop.first %}
                    {{- raise_exception('Vicuna knows a first system message, user and assistant, not ' ~ message.role) }}
                {%- endif %}
            {%- endfor %}
            {%- if add_generation_prompt %}
                {{- 'ASSISTANT:' }}
            {%- endif %}
            """;

    private static final String CHATML = """
            {%- for message in messages %}
                {{- '<|im_start|>' ~ message.role ~ '\\n' }}
                {%- if message.role == 'assistant' %}
                    {%- generation %}{{- message.content ~ '<|im_end|>' }}{% endgeneration %}
                    {{- '\\n' }}
                {%- else %}
                    {{- message.content ~ '<|im_end|>\\n' }}
                {%- endif %}
            {%- endfor %}
            {%- if add_generation_prompt %}
                {{- '<|im_start|>assistant\\n' }}
            {%- endif %}
            """;

    /** Meta's Llama 2 chat: the system message is part of the first question, and turns alternate. */
    private static final String LLAMA2 = """
            {%- set system = '' %}
            {%- set turns = messages %}
            {%- if messages and messages[0].role == 'system' %}
                {%- set system = '<<SYS>>\\n' ~ messages[0].content ~ '\\n<</SYS>>\\n\\n' %}
                {%- set turns = messages[1:] %}
            {%- endif %}
            {%- for message in turns %}
                {%- if message.role != ('user' if loop.index0 % 2 == 0 else 'assistant') %}
                    {{- raise_exception('Llama 2 takes user and assistant in turns, found ' ~ message.role \
            ~ ' as message ' ~ loop.index) }}
                {%- endif %}
                {%- if message.role == 'user' %}
                    {{- bos_token ~ '[INST] ' ~ (system if loop.first else '') ~ message.content | trim ~ ' [/INST]' }}
                {%- else %}
                    {%- generation %}{{- ' ' ~ message.content | trim ~ ' ' ~ eos_token }}{% endgeneration %}
                {%- endif %}
            {%- endfor %}
            """;

    static final Map<String, String> SOURCES =
            Map.of("dolly", DOLLY, "alpaca", ALPACA, "vicuna", VICUNA, "chatml", CHATML, "llama2", LLAMA2);

    /** What ends an answer, where that is not the model's own end of sequence. */
    static final Map<String, String> ENDS = Map.of("dolly", "### End", "chatml", "<|im_end|>");

    private KnownTemplates() {}
}
