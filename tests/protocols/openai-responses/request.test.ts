// oxlint-disable oxc/no-map-spread -- test data must not be changed in place
import { describe, expect, test } from "bun:test";
import { array, assert, constantFrom, property, tuple } from "fast-check";
import type { ChatRequest } from "#src/core/chat.ts";
import type { RequestTarget } from "#src/core/codec.ts";
import { Fault } from "#src/core/fault.ts";
import type { Json, JsonObject } from "#src/core/json.ts";
import type { Encoded } from "#src/core/protocol.ts";
import { openaiResponses } from "#src/protocols/openai-responses/index.ts";
import { wrapSeal } from "#src/protocols/seal.ts";
import { strangeObject } from "#tests/support/strange-json.ts";

const { request } = openaiResponses;
const decode = (body: JsonObject): ChatRequest => request.decode(body);
const encode = (said: ChatRequest, to: RequestTarget): Encoded<JsonObject> => request.encode(said, to);
const target = { model: "m", dialect: {} };

function again(body: JsonObject): JsonObject {
  return encode(decode({ model: "m", store: false, ...body }), target).value;
}

function refused(body: JsonObject): Fault {
  try {
    decode(body);
  } catch (thrown) {
    if (thrown instanceof Fault) return thrown;
    throw thrown;
  }
  throw new Error("The request was read.");
}

describe("a request", () => {
  test("is read or refused, whatever its items hold", () => {
    const type = constantFrom("message", "reasoning", "function_call", "function_call_output", "custom_tool_call", "x");
    const item = tuple(type, strangeObject()).map(([word, object]) => ({ role: "user", ...object, type: word }));
    assert(
      property(array(item, { maxLength: 3 }), strangeObject(), (input, body) => {
        try {
          encode(decode({ ...body, model: "m", input }), target);
        } catch (thrown) {
          expect((thrown as Fault).code).toBe("invalid_request");
        }
      }),
    );
  });

  test.each<[string, JsonObject]>([
    ["input", {}],
    ["input", { input: 1 }],
    ["input[0].role", { input: [{ role: "tool", content: "x" }] }],
    [
      "input[1].call_id",
      {
        input: [
          { role: "user", content: "x" },
          { type: "function_call_output", output: "" },
        ],
      },
    ],
    ["input[0].content[0].text", { input: [{ role: "user", content: [{ type: "input_text" }] }] }],
    ["tools[0].name", { input: "x", tools: [{ type: "function" }] }],
    ["tool_choice", { input: "x", tool_choice: "some" }],
    ["text.format.schema", { input: "x", text: { format: { type: "json_schema", name: "a" } } }],
    ["reasoning.summary", { input: "x", reasoning: { summary: "long" } }],
  ])("names the field %s that is wrong", (param, body) => {
    expect(refused({ model: "m", ...body })).toMatchObject({ code: "invalid_request", status: 400, param });
  });

  test("needs no input when the vendor has the conversation", () => {
    const said = decode({ model: "m", previous_response_id: "resp_1" });
    expect(said.messages).toEqual([]);
    expect(encode(said, target).value).toEqual({ model: "m", input: [], previous_response_id: "resp_1" });
  });

  test("is stored unless it says otherwise, as its own vendor does it", () => {
    const { value } = encode(decode({ model: "gpt-5", input: "Hi" }), { ...target, model: "gpt-5" });
    expect(value.store ?? null).toBeNull();
    expect(value.include).toBeUndefined();
  });

  test("keeps the ids of items when earlier reasoning lies in the vendor's store", () => {
    const input: Json[] = [
      { type: "reasoning", id: "rs_1", summary: [] },
      { type: "function_call", id: "fc_1", call_id: "c", name: "f", arguments: "{}" },
      { type: "function_call_output", call_id: "c", output: "x" },
    ];
    expect(again({ input }).input).toEqual(input);
  });

  test("unwraps another vendor's seal, with which no id of ours is kept", () => {
    const sealed = wrapSeal("openai-responses", "anthropic-messages", "sig");
    const item = {
      type: "reasoning",
      id: "rs_fresh_0",
      summary: [{ type: "summary_text", text: "Hm." }],
      encrypted_content: sealed,
    };
    expect(decode({ model: "m", input: [item] }).messages[0]?.content).toEqual([
      { type: "reasoning", text: "Hm.", signature: "sig", sealedBy: "anthropic-messages" },
    ]);
  });

  test("writes back choices and formats that only its vendor knows", () => {
    const body: JsonObject = {
      input: "x",
      tools: [{ type: "mcp", server_label: "docs" }],
      tool_choice: { type: "mcp", server_label: "docs" },
      text: { format: { type: "grammar", syntax: "lark" } },
      reasoning: { effort: "ultra", mode: "pro" },
      safety_identifier: "u",
      include: ["file_search_call.results"],
    };
    const { safety_identifier: user, input: _, ...same } = body;
    expect(again(body)).toMatchObject({ ...same, ...(user === undefined ? {} : { user }) });
  });
});
