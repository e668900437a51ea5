import { parse } from "yaml";
import { isDeeperThan, isObject, type Json, type JsonObject } from "#src/core/json.ts";

/** No document for people nests as deep. */
const DEEPEST = 200;

/** Reads JSON or YAML. Throws an Error that says what is wrong with the text. */
export function parseDocument(text: string): JsonObject {
  const value = parsed(text);
  if (!isObject(value)) throw new Error("The document is no JSON or YAML object.");
  if (isDeeperThan(DEEPEST, value)) throw new Error(`The document is nested more than ${DEEPEST} deep.`);
  return value;
}

function parsed(text: string): Json {
  // JSON is YAML as well, but YAML's reader takes many times as long.
  if (/^\s*\{/.test(text)) {
    try {
      const value: Json = JSON.parse(text);
      return value;
    } catch {
      // YAML in braces, or JSON with a comment in it.
    }
  }
  try {
    const value: Json = parse(text, { merge: true, uniqueKeys: false, logLevel: "error" });
    return value;
  } catch (error) {
    throw new Error(`The document is neither JSON nor YAML: ${firstLine(error)}`, { cause: error });
  }
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
}
