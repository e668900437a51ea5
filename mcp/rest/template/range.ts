import { JsonNode } from "#src/core/gjson/node.ts";
import { entriesOf, isTime, plain, TemplateError, typeOf, type Value, valueOf } from "./value.ts";

/** What `range` goes through: keys or places, with values. Nothing for what is not there; a number counts from 0. */
export function* iterate(value: Value, variables: number): Generator<readonly [key: Value, value: Value]> {
  if (value instanceof JsonNode && value.kind === "array") {
    for (const [at, item] of value.items.entries()) yield [BigInt(at), valueOf(item)];
    return;
  }
  const entries = entriesOf(value);
  if (entries !== undefined) {
    yield* entries;
    return;
  }
  const over = plain(value);
  if (over === undefined || over === null) return;
  if (Array.isArray(over)) {
    for (const [at, item] of over.entries()) yield [BigInt(at), item];
  } else if (typeof over === "string") yield* characters(over);
  else if (typeof over === "bigint") {
    if (variables > 1) throw new TemplateError("a number has no keys for range");
    for (let count = 0n; count < over; count++) yield [count, count];
  } else if (isTime(over) || typeof over !== "object") {
    throw new TemplateError(`range cannot go through a ${typeOf(value)}`);
  }
}

const encoder = new TextEncoder();

/** A text's characters, each with its place in UTF-8. */
function* characters(text: string): Generator<readonly [key: Value, value: Value]> {
  let at = 0;
  for (const char of text) {
    yield [BigInt(at), char];
    at += encoder.encode(char).length;
  }
}
