// oxlint-disable oxc/no-map-spread -- test data must not be changed in place
import { describe, expect, test } from "bun:test";
import { array, assert, constantFrom, integer, property, record, tuple } from "fast-check";
import { fold } from "#src/core/chat-fold.ts";
import type { ChatEvent } from "#src/core/chat.ts";
import type { JsonObject } from "#src/core/json.ts";
import type { SseEvent } from "#src/core/sse.ts";
import { openaiResponses } from "#src/protocols/openai-responses/index.ts";
import { asEvents, decodeStream, encodeStream, responseTarget, sseEvents } from "#tests/contracts/codec.ts";
import { strangeObject } from "#tests/support/strange-json.ts";
import { text } from "./fixtures.ts";
import { checkGrammar } from "./grammar.ts";

function events(...bodies: JsonObject[]): SseEvent[] {
  return bodies.map((body) => ({ event: "", data: JSON.stringify(body) }));
}

function decoded(...bodies: JsonObject[]): ChatEvent[] {
  return decodeStream(openaiResponses, events(...bodies));
}

const done: JsonObject = { type: "response.completed", response: { id: "r", status: "completed", output: [] } };

const TYPES = [
  ..."created in_progress completed failed incomplete output_item.added output_item.done content_part.done".split(" "),
  ..."output_text.delta output_text.done output_text.annotation.added refusal.delta refusal.done".split(" "),
  ..."function_call_arguments.delta function_call_arguments.done custom_tool_call_input.delta".split(" "),
  ..."reasoning_summary_part.added reasoning_summary_text.delta reasoning_text.delta".split(" "),
].map((type) => `response.${type}`);
const ITEMS = ["message", "reasoning", "function_call", "custom_tool_call", "image_generation_call", "web_search_call"];

describe("the decoder", () => {
  test("takes any event of its own grammar with anything in it", () => {
    const item = tuple(constantFrom(...ITEMS), strangeObject()).map(([type, object]) => ({ ...object, type }));
    const event = record({
      type: constantFrom(...TYPES),
      output_index: integer({ min: 0, max: 2 }),
      content_index: integer({ min: 0, max: 1 }),
      delta: constantFrom("a", "", null, 1, {}),
      item,
      part: item,
      response: tuple(strangeObject(), array(item, { maxLength: 2 })).map(([object, output]) => ({
        ...object,
        output,
      })),
    });
    assert(
      property(array(event, { maxLength: 8 }), (list) => {
        const out = decoded(...(list as JsonObject[]));
        const last = out.findIndex(({ type }) => type === "error");
        if (last >= 0) expect(last).toBe(out.length - 1);
        expect(out.filter(({ type }) => type === "finish").length).toBeLessThanOrEqual(1);
        // Whatever was read can be written in the grammar again.
        if (out.at(-1)?.type === "error") return;
        checkGrammar(encodeStream(openaiResponses, out, responseTarget), responseTarget);
      }),
    );
  });

  test("reads the failure of an answer", () => {
    const bytes = new TextEncoder().encode(text("failed.sse"));
    expect(decodeStream(openaiResponses, sseEvents(bytes, [bytes.length])).at(-1)).toMatchObject({
      type: "error",
      code: "upstream_error",
      status: 429,
      message: "Rate limit reached.",
      upstream: { code: "rate_limit_exceeded" },
    });
  });

  test("reads an error that is no event of the grammar", () => {
    const body = { error: { message: "Overloaded.", type: "server_error", code: null } };
    expect(decoded(body)).toMatchObject([{ type: "error", message: "Overloaded." }]);
  });

  test("tells what came only with the whole items", () => {
    const call = { type: "function_call", id: "fc", call_id: "c", name: "f", arguments: '{"a":1}' };
    const said = {
      type: "message",
      role: "assistant",
      content: [{ type: "output_text", text: "Hi", annotations: [] }],
    };
    const end = { ...done, response: { status: "completed", output: [said, call] } };
    expect(fold(decoded(end)).choices[0]).toEqual({
      content: [
        { type: "text", text: "Hi" },
        { type: "tool-call", id: "c", name: "f", input: '{"a":1}', kind: "function" },
      ],
      finish: { unified: "tool-calls", raw: "completed" },
    });
  });

  test("tells the rest of a text whose pieces did not all come", () => {
    const at = { output_index: 0, content_index: 0 };
    const out = decoded(
      { type: "response.output_text.delta", ...at, delta: "Grü" },
      { type: "response.output_text.done", ...at, text: "Grüße" },
      done,
    );
    expect(fold(out).choices[0]?.content).toEqual([{ type: "text", text: "Grüße" }]);
  });

  test("tells reasoning that is no summary, and writes it as such again", () => {
    const item = { type: "reasoning", id: "rs_9", summary: [], content: [{ type: "reasoning_text", text: "Hmm" }] };
    const at = { item_id: "rs_9", output_index: 0 };
    const out = decoded(
      { type: "response.output_item.added", output_index: 0, item: { ...item, content: [] } },
      { type: "response.reasoning_text.delta", ...at, content_index: 0, delta: "H" },
      { type: "response.reasoning_text.delta", ...at, content_index: 0, delta: "mm" },
      { type: "response.output_item.done", output_index: 0, item },
      done,
    );
    expect(fold(out)).toEqual(fold(openaiResponses.response.decode({ id: "r", status: "completed", output: [item] })));
    const frames = encodeStream(openaiResponses, out, responseTarget);
    checkGrammar(frames, responseTarget);
    const last = JSON.parse(asEvents(frames).at(-1)?.data ?? "{}") as { response: { output: unknown } };
    expect(last.response.output).toEqual([item]);
  });
});

describe("the encoder", () => {
  const finish: ChatEvent = { type: "finish", reason: { unified: "stop", raw: "stop" } };

  test("writes an answer without content", () => {
    const frames = encodeStream(openaiResponses, [finish], responseTarget);
    checkGrammar(frames, responseTarget);
    expect(asEvents(frames).map(({ event }) => event)).toEqual([
      "response.created",
      "response.in_progress",
      "response.completed",
    ]);
  });

  test("repeats what the request said", () => {
    const request = openaiResponses.request.decode({
      model: "m",
      instructions: "Be brief.",
      input: "Hi",
      temperature: 0.5,
      previous_response_id: "resp_0",
      text: { verbosity: "low" },
      tools: [{ type: "web_search" }],
    });
    const { value } = openaiResponses.response.encode(
      { model: "n", choices: [{ content: [], finish: finish.reason }] },
      { ...responseTarget, request },
    );
    expect(value).toMatchObject({
      id: "resp_fresh",
      object: "response",
      created_at: 1_700_000_000,
      model: "n",
      instructions: "Be brief.",
      temperature: 0.5,
      previous_response_id: "resp_0",
      text: { format: { type: "text" }, verbosity: "low" },
      tools: [{ type: "web_search" }],
      tool_choice: "auto",
      parallel_tool_calls: true,
      store: true,
      metadata: {},
    });
  });

  test("says of all answers but the first that they are lost", () => {
    const encoder = openaiResponses.stream.encoder(responseTarget);
    encoder.step({ type: "text", block: 0, text: "a" });
    encoder.step({ type: "text", block: 1, text: "b", choice: 1 });
    encoder.step(finish);
    encoder.end();
    expect(encoder.losses).toEqual([{ field: "choices[1]", kind: "dropped" }]);
  });

  test("ends an answer without its finish reason as an error", () => {
    const encoder = openaiResponses.stream.encoder(responseTarget);
    encoder.step({ type: "text", block: 0, text: "a" });
    const [frame] = encoder.end();
    expect(frame).toMatchObject({ event: "error" });
    expect(JSON.parse((frame as { data: string }).data)).toMatchObject({
      type: "error",
      code: "upstream_cut",
      param: null,
      sequence_number: 5,
    });
  });
});
