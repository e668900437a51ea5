import { describe, expect, test } from "bun:test";
import type { ToolChoice } from "#src/core/chat.ts";
import type { JsonObject } from "#src/core/json.ts";
import { gemini } from "#src/protocols/gemini/index.ts";

const base = {
  contents: [{ role: "user", parts: [{ text: "Hi" }] }],
  tools: [{ functionDeclarations: [{ name: "a" }, { name: "b" }] }],
};
const path = { model: "gemini-2.5-flash", stream: false };

function config(functionCallingConfig: JsonObject): JsonObject {
  return { ...base, toolConfig: { functionCallingConfig } };
}

describe("toolConfig", () => {
  const cases: [JsonObject, ToolChoice][] = [
    [{ mode: "AUTO" }, { type: "auto" }],
    [{ mode: "NONE" }, { type: "none" }],
    [{ mode: "ANY" }, { type: "required" }],
    [
      { mode: "ANY", allowedFunctionNames: ["a"] },
      { type: "tool", name: "a", kind: "function" },
    ],
    [
      { mode: "ANY", allowedFunctionNames: ["a", "b"] },
      { type: "allowed", mode: "required", names: ["a", "b"] },
    ],
    [
      { mode: "VALIDATED", allowedFunctionNames: ["a"] },
      { type: "allowed", mode: "auto", names: ["a"] },
    ],
    [
      { mode: "VALIDATED" },
      { type: "native", protocol: "gemini", value: { functionCallingConfig: { mode: "VALIDATED" } } },
    ],
  ];
  test.each(cases)("%j is read, and written as it was", (wire, choice) => {
    const request = gemini.request.decode(config(wire), path);
    expect(request.toolChoice).toEqual(choice);
    const { value, losses } = gemini.request.encode(request, { model: path.model, dialect: {} });
    expect(value.toolConfig).toEqual({ functionCallingConfig: wire });
    expect(losses).toEqual([]);
  });

  const unknown: JsonObject[] = [
    { mode: "MODE_UNSPECIFIED" },
    { mode: "LATER", allowedFunctionNames: ["a"] },
    { mode: "AUTO", allowedFunctionNames: ["a"] },
    { streamFunctionCallArguments: true },
    { mode: "ANY", streamFunctionCallArguments: true },
  ];
  test.each(unknown)("what is not known of %j stays", (wire) => {
    const request = gemini.request.decode(config(wire), path);
    const { value } = gemini.request.encode(request, { model: path.model, dialect: {} });
    expect(value.toolConfig).toEqual({ functionCallingConfig: wire });
  });

  test("may be written in snake_case", () => {
    const wire = { function_calling_config: { mode: "any", allowed_function_names: ["a"] } };
    const request = gemini.request.decode({ ...base, tool_config: wire }, path);
    expect(request.toolChoice).toEqual({ type: "tool", name: "a", kind: "function" });
  });
});

describe("calls in pieces", () => {
  const turn = (parts: JsonObject[]): JsonObject => ({ ...base, contents: [{ role: "model", parts }] });
  const inputs = (parts: JsonObject[]): unknown[] =>
    (gemini.request.decode(turn(parts), path).messages[0]?.content ?? []).map((part) =>
      part.type === "tool-call" ? [part.name, JSON.parse(part.input)] : part.type,
    );

  test("are put together in a client's history as well", () => {
    expect(
      inputs([
        { functionCall: { name: "a", willContinue: true } },
        {
          functionCall: {
            partialArgs: [{ jsonPath: '$["x y"][0]', stringValue: "1", willContinue: true }],
            willContinue: true,
          },
        },
        { functionCall: { partialArgs: [{ jsonPath: "$['x y'][0]", stringValue: "2" }], willContinue: true } },
        { functionCall: {} },
        { functionCall: { name: "b", args: { y: 1 } } },
      ]),
    ).toEqual([
      ["a", { "x y": ["12"] }],
      ["b", { y: 1 }],
    ]);
  });

  test("end with the next call, and with the turn", () => {
    const begin = (name: string): JsonObject => ({ functionCall: { name, args: { k: 1 }, willContinue: true } });
    expect(inputs([begin("a"), begin("b")])).toEqual([
      ["a", { k: 1 }],
      ["b", { k: 1 }],
    ]);
  });

  test("grow a list by one at a time and never touch a prototype", () => {
    const partialArgs = [
      { jsonPath: "$.list[4000000000]", numberValue: 1 },
      { jsonPath: "$.__proto__.polluted", boolValue: true },
      { jsonPath: "nothing", numberValue: 1 },
    ];
    expect(inputs([{ functionCall: { name: "a", partialArgs } }])).toEqual([["a", { list: [1] }]]);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

describe("schemas", () => {
  const schema = {
    type: "object",
    properties: { tag: { $ref: "#/$defs/tag" }, n: { type: ["integer", "null"], multipleOf: 2 } },
    required: ["tag"],
    additionalProperties: false,
    $defs: { tag: { type: "string", enum: ["a", "b"] } },
  };
  const written = (model: string): { value: JsonObject; lost: string[] } => {
    const { value, losses } = gemini.request.encode(
      {
        model,
        stream: false,
        messages: [],
        tools: [
          { type: "function", name: "a", inputSchema: schema },
          { type: "function", name: "none", inputSchema: { type: "object", properties: {} } },
        ],
        responseFormat: { type: "json-schema", schema },
      },
      { model, dialect: {} },
    );
    return { value, lost: losses.map(({ kind, field, detail }) => `${kind} ${field}: ${detail}`) };
  };

  test("go to Gemini 2.5 and later as they are", () => {
    const { value, lost } = written("gemini-2.5-flash");
    expect(value).toMatchObject({
      tools: [{ functionDeclarations: [{ name: "a", parametersJsonSchema: schema }, { name: "none" }] }],
      generationConfig: { responseMimeType: "application/json", responseJsonSchema: schema },
    });
    expect(lost).toEqual([]);
  });

  test("go to older models in OpenAPI's form", () => {
    const narrowed = {
      type: "OBJECT",
      properties: { tag: { type: "STRING", enum: ["a", "b"] }, n: { type: "INTEGER", nullable: true } },
      required: ["tag"],
    };
    const { value, lost } = written("gemini-2.0-flash");
    expect(value).toEqual({
      contents: [],
      tools: [{ functionDeclarations: [{ name: "a", parameters: narrowed }, { name: "none" }] }],
      generationConfig: { responseMimeType: "application/json", responseSchema: narrowed },
    });
    expect(lost).toEqual([
      "approximated tools[0].parameters: the model does not know multipleOf",
      "approximated response_format.json_schema.schema: the model does not know multipleOf",
    ]);
  });
});
