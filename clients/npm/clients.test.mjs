// The official JavaScript clients, unchanged, against a server whose address is in JANDAIA_URL: a model "plain", and
// "tools", whose template shows calls. Run by clients/npm/run.
import assert from "node:assert/strict";
import { test } from "node:test";
import Anthropic from "@anthropic-ai/sdk";
import { Ollama } from "ollama";
import OpenAI from "openai";

const url = process.env.JANDAIA_URL;
const openai = new OpenAI({ baseURL: `${url}/v1`, apiKey: "none", maxRetries: 0 });
const anthropic = new Anthropic({ baseURL: url, apiKey: "none", maxRetries: 0 });
const ollama = new Ollama({ host: url });

const messages = [{ role: "user", content: "Once upon a time" }];
const city = {
  type: "object",
  properties: { city: { type: "string", maxLength: 12 } },
  required: ["city"],
  additionalProperties: false,
};
const tool = { type: "function", function: { name: "weather", description: "The weather of a city", parameters: city } };

test("openai: an answer, whole and streamed", async () => {
  const request = { model: "plain", messages, temperature: 0, max_completion_tokens: 24 };
  const whole = await openai.chat.completions.create(request);
  const text = whole.choices[0].message.content;
  assert.ok(text.length > 0);
  const stream = await openai.chat.completions.create({ ...request, stream: true, stream_options: { include_usage: true } });
  let streamed = "";
  let usage;
  for await (const chunk of stream) {
    streamed += chunk.choices[0]?.delta.content ?? "";
    usage = chunk.usage ?? usage;
  }
  assert.equal(streamed, text);
  assert.equal(usage.completion_tokens, whole.usage.completion_tokens);
});

test("openai: tools, streamed by its helper", async () => {
  const request = {
    model: "tools",
    messages,
    tools: [tool],
    tool_choice: "required",
    temperature: 1.5,
    seed: 3,
    max_completion_tokens: 160,
  };
  const whole = await openai.chat.completions.create(request);
  assert.equal(whole.choices[0].finish_reason, "tool_calls");
  const calls = whole.choices[0].message.tool_calls;
  assert.ok(calls.length > 0);
  for (const call of calls) assert.equal(typeof JSON.parse(call.function.arguments).city, "string");
  const streamed = await openai.chat.completions.stream(request).finalChatCompletion();
  assert.deepEqual(
    streamed.choices[0].message.tool_calls.map((call) => call.function.arguments),
    calls.map((call) => call.function.arguments),
  );
});

test("openai: an answer of a form", async () => {
  const answer = await openai.chat.completions.parse({
    model: "plain",
    messages,
    temperature: 1.5,
    seed: 3,
    max_completion_tokens: 80,
    response_format: { type: "json_schema", json_schema: { name: "city", strict: true, schema: city } },
  });
  assert.equal(typeof JSON.parse(answer.choices[0].message.content).city, "string");
});

test("openai: responses, whole and streamed by its helper", async () => {
  const request = { model: "plain", input: "Once upon a time", temperature: 0, max_output_tokens: 24 };
  const whole = await openai.responses.create(request);
  assert.ok(whole.output_text.length > 0);
  const streamed = await openai.responses.stream(request).finalResponse();
  assert.equal(streamed.output_text, whole.output_text);
});

test("openai: embeddings, models and errors", async () => {
  const vectors = await openai.embeddings.create({ model: "plain", input: ["The cat", "A dog"] });
  assert.equal(vectors.data.length, 2);
  assert.ok(vectors.data[0].embedding.length > 1);
  const names = [];
  for await (const model of openai.models.list()) names.push(model.id);
  assert.ok(names.some((name) => name.endsWith("tools")));
  await assert.rejects(openai.chat.completions.create({ model: "absent", messages }), OpenAI.NotFoundError);
  await assert.rejects(openai.chat.completions.create({ model: "plain", messages, temperature: -1 }), OpenAI.BadRequestError);
});

test("openai: leaving in the middle ends the stream", async () => {
  const stream = await openai.chat.completions.create({ model: "plain", messages, max_completion_tokens: 400, stream: true });
  for await (const chunk of stream) {
    assert.ok(chunk.id);
    break;
  }
  assert.ok(stream.controller.signal.aborted);
});

test("anthropic: a message, whole and streamed by its helper", async () => {
  const request = { model: "plain", max_tokens: 24, temperature: 0, system: "Tell stories.", messages };
  const whole = await anthropic.messages.create(request);
  assert.ok(whole.content[0].text.length > 0);
  const stream = anthropic.messages.stream(request);
  const names = [];
  for await (const event of stream) if (names.at(-1) !== event.type) names.push(event.type);
  assert.deepEqual(
    names.filter((name) => name !== "ping"),
    ["message_start", "content_block_start", "content_block_delta", "content_block_stop", "message_delta", "message_stop"],
  );
  const streamed = await stream.finalMessage();
  assert.deepEqual(streamed.content, whole.content);
  assert.equal(streamed.usage.output_tokens, whole.usage.output_tokens);
});

test("anthropic: tools and their results", async () => {
  const request = {
    model: "tools",
    max_tokens: 160,
    temperature: 1,
    messages,
    tools: [{ name: "weather", input_schema: city }],
    tool_choice: { type: "any" },
  };
  const answer = await anthropic.messages.stream(request).finalMessage();
  assert.equal(answer.stop_reason, "tool_use");
  const uses = answer.content.filter((block) => block.type === "tool_use");
  assert.ok(uses.length > 0);
  const next = await anthropic.messages.create({
    ...request,
    tool_choice: { type: "auto" },
    messages: [
      ...messages,
      { role: "assistant", content: answer.content },
      { role: "user", content: uses.map((use) => ({ type: "tool_result", tool_use_id: use.id, content: "sunny" })) },
    ],
  });
  assert.ok(next.usage.output_tokens > 0);
});

test("anthropic: tokens are counted, errors are its own", async () => {
  const counted = await anthropic.messages.countTokens({ model: "plain", messages });
  assert.ok(counted.input_tokens > 0);
  await assert.rejects(anthropic.messages.create({ model: "absent", max_tokens: 4, messages }), Anthropic.NotFoundError);
});

test("ollama: an answer, whole and streamed", async () => {
  const request = { model: "plain", messages, options: { temperature: 0, num_predict: 24 } };
  const whole = await ollama.chat(request);
  assert.ok(whole.message.content.length > 0);
  let streamed = "";
  for await (const part of await ollama.chat({ ...request, stream: true })) streamed += part.message.content;
  assert.equal(streamed, whole.message.content);
});

test("ollama: models made of others", async () => {
  const steps = [];
  const created = await ollama.create({
    model: "mario",
    from: "plain",
    system: "You are Mario.",
    parameters: { temperature: 0, num_predict: 5, ignore_eos: true },
    stream: true,
  });
  for await (const step of created) steps.push(step.status);
  assert.equal(steps.at(-1), "success");
  assert.equal((await ollama.copy({ source: "mario", destination: "luigi" })).status, "success");
  const shown = await ollama.show({ model: "luigi" });
  assert.equal(shown.system, "You are Mario.");
  const answer = await ollama.chat({ model: "luigi", messages });
  assert.equal(answer.model, "luigi");
  assert.equal(answer.eval_count, 5);
  for (const model of ["mario", "luigi"]) assert.equal((await ollama.delete({ model })).status, "success");
  await assert.rejects(ollama.show({ model: "luigi" }), (error) => error.status_code === 404);
});

test("ollama: a form, vectors, models and errors", async () => {
  const formed = await ollama.chat({ model: "plain", messages, format: city, options: { num_predict: 80 } });
  assert.equal(typeof JSON.parse(formed.message.content).city, "string");
  const vectors = await ollama.embed({ model: "plain", input: ["The cat", "A dog"] });
  assert.equal(vectors.embeddings.length, 2);
  const listed = await ollama.list();
  assert.ok(listed.models.some((model) => model.name.includes("plain")));
  assert.ok((await ollama.show({ model: "plain" })).details);
  await assert.rejects(ollama.chat({ model: "absent", messages }), (error) => error.status_code === 404);
});
