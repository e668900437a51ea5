// oxlint-disable oxc/no-map-spread -- test data must not be changed in place
/** JSON that is almost what a protocol says: the right names in the wrong places, with values of any type. */
import { anything, array, constantFrom, integer, string, tuple, type Arbitrary } from "fast-check";
import type { JsonObject } from "#src/core/json.ts";

const NAMES =
  "model messages choices content role type message usage tools stop delta max_tokens tool_calls function custom arguments name id index " +
  "input text thinking reasoning_details reasoning_content annotations logprobs finish_reason stop_reason error code param detail system " +
  "content_block stream signature data source image_url file";

/** Objects that share the field names of real ones, so that they get past the first check. */
export function strangeObject(): Arbitrary<JsonObject> {
  const key = constantFrom(...NAMES.split(" "));
  const values = [
    string(),
    integer(),
    constantFrom(null, true, "user", "text", "assistant", "model", "tool_use", "stop"),
  ];
  const value = anything({ key, maxDepth: 5, maxKeys: 6, values });
  return array(tuple(key, value)).map(
    (entries) => JSON.parse(JSON.stringify(Object.fromEntries(entries))) as JsonObject,
  );
}

/** A request that looks right until its messages are read. */
export function strangeRequest(): Arbitrary<JsonObject> {
  const role = constantFrom("system", "user", "assistant", "tool", "function");
  const message = tuple(role, strangeObject()).map(([word, object]) => ({ content: "hi", ...object, role: word }));
  return tuple(strangeObject(), array(message, { minLength: 1, maxLength: 3 })).map(([body, messages]) => ({
    ...body,
    model: "m",
    max_tokens: 10,
    messages,
  }));
}

/** What a broken provider may put into a stream: any object in any of the places where the protocols look. */
export function strangeChunk(): Arbitrary<string> {
  const events = ["message_start", "content_block_start", "content_block_delta", "message_delta", "error", "ping"];
  return tuple(constantFrom(...events), strangeObject(), strangeObject()).map(([type, inner, outer]) =>
    JSON.stringify({
      ...outer,
      type,
      choices: [{ index: 0, delta: inner, finish_reason: outer.finish_reason ?? null }],
      message: inner,
      content_block: inner,
      delta: inner,
    }),
  );
}
