import { describe, expect, test } from "bun:test";
import type { JsonObject } from "#src/core/json.ts";
import { fitStrict, toStrict } from "#src/protocols/json-schema/openai-strict.ts";
import { Losses } from "#src/protocols/losses.ts";

const text = { type: "string" };
const open: JsonObject = {
  type: "object",
  properties: { a: text, list: { type: "array", items: { type: "object", properties: { b: text }, required: ["b"] } } },
  required: ["a", "list"],
};

describe("OpenAI's strict mode", () => {
  test("gets a schema whose objects are closed", () => {
    const strict = {
      type: "object",
      properties: {
        a: text,
        list: {
          type: "array",
          items: { type: "object", properties: { b: text }, required: ["b"], additionalProperties: false },
        },
      },
      required: ["a", "list"],
      additionalProperties: false,
    };
    expect(toStrict(open)).toEqual(strict);
    expect(toStrict(strict)).toEqual(strict);
    expect(open.additionalProperties).toBeUndefined();
  });

  const refused: [string, JsonObject][] = [
    ["an optional property", { type: "object", properties: { a: text } }],
    ["one deeper", { type: "object", properties: { a: { type: "object", properties: { b: text } } }, required: ["a"] }],
    ["a map", { type: "object", properties: {}, additionalProperties: text }],
    ["a choice at the top", { type: "object", anyOf: [{ type: "object", properties: {} }] }],
    ["no object", { type: "array", items: text }],
    ["allOf", { type: "object", properties: { a: { allOf: [text] } }, required: ["a"] }],
    ["oneOf in a definition", { type: "object", properties: {}, $defs: { x: { oneOf: [text] } } }],
  ];
  test.each(refused)("does not know %s", (_, schema) => {
    expect(toStrict(schema)).toBeUndefined();
    const losses = new Losses("openai-chat");
    expect(fitStrict({ schema, strict: true }, "tools[0]", losses)).toEqual({ schema, strict: false });
    expect(losses.list.map(({ kind, field }) => `${kind} ${field}`)).toEqual(["approximated tools[0].strict"]);
  });

  test("is left alone where it is not asked for", () => {
    const losses = new Losses("openai-chat");
    expect(fitStrict({ schema: open, strict: false }, "tools[0]", losses)).toEqual({ schema: open, strict: false });
    expect(fitStrict({ schema: open }, "tools[0]", losses)).toEqual({ schema: open });
    expect(losses.list).toEqual([]);
  });
});
