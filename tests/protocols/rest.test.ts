import { afterEach, expect, test } from "bun:test";
import type { JsonObject } from "#src/core/json.ts";
import { Losses } from "#src/protocols/losses.ts";
import { restOf, writeRest } from "#src/protocols/rest.ts";

afterEach(() => {
  Reflect.deleteProperty(Object.prototype, "polluted");
});

function merged(target: JsonObject, fields: string): JsonObject {
  const rest = { protocol: "openai-chat", fields: JSON.parse(fields) as JsonObject } as const;
  writeRest(target, rest, "", new Losses("openai-chat"));
  return target;
}

test("fields are written beside what stands there, into objects as well", () => {
  expect(merged({ a: { b: 1 }, c: 2 }, '{"a":{"b":9,"d":3},"c":9,"e":[1]}')).toEqual({
    a: { b: 1, d: 3 },
    c: 2,
    e: [1],
  });
});

test("no field of a request reaches the prototype of all objects", () => {
  merged({ a: { b: 1 } }, '{"a":{"__proto__":{"polluted":"yes"}},"__proto__":{"polluted":"yes"}}');
  expect(({} as JsonObject)["polluted"]).toBeUndefined();
  const value = JSON.parse(
    '{"known":{"__proto__":{"polluted":1},"x":1},"__proto__":{"polluted":1},"y":2}',
  ) as JsonObject;
  const rest = restOf("openai-chat", value, new Set(["known"]), { known: new Set() });
  expect(rest?.fields).toEqual({ known: { x: 1 }, y: 2 });
  expect(({} as JsonObject)["polluted"]).toBeUndefined();
});
