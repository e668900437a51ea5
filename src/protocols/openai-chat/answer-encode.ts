/** Pieces of an answer that a whole one and a stream's chunks write alike. */
import type { Citation, Span, ToolCallPart } from "../../core/chat.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Losses } from "../losses.ts";
import { PROTOCOL } from "./wire.ts";

/**
 * An annotation of a message; undefined for a citation without a URL, which OpenAI cannot say. `block` is where the block it belongs to
 * stands in the message's text, as far as it is known.
 */
export function encodeCitation(citation: Citation, block: Span, path: string, losses: Losses): JsonObject | undefined {
  if (citation.protocol === PROTOCOL) return citation.value;
  const { url, title = "" } = citation;
  if (url === undefined) {
    losses.dropped(path, "a citation without a URL");
    return undefined;
  }
  if (citation.span === undefined) losses.approximated(path, "the cited passage");
  const { start, end } = citation.span ?? { start: 0, end: block.end - block.start };
  const place = { start_index: block.start + start, end_index: block.start + end };
  return { type: "url_citation", url_citation: { ...place, title, url } };
}

/** A call as answers carry it, without its place. */
export function encodeToolCall(call: Pick<ToolCallPart, "id" | "name" | "kind">, input: string): JsonObject {
  const { id, name } = call;
  return call.kind === "custom"
    ? { id, type: "custom", custom: { name, input } }
    : { id, type: "function", function: { name, arguments: input } };
}

/** The id of an answer whose upstream gave none, in OpenAI's form. */
export function answerId(id: string | undefined, fresh: () => string): string {
  return id ?? `chatcmpl-${fresh()}`;
}
