/** Pieces of an answer that a whole one and a stream's chunks write alike. */
import type { Citation, ToolCallPart } from "../../core/chat.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Losses } from "../losses.ts";
import { PROTOCOL } from "./wire.ts";

/** Where in the answer's text a citation stands, in UTF-16 code units as OpenAI counts them. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** An annotation of a message; undefined for a citation without a URL, which OpenAI cannot say. */
export function encodeCitation(citation: Citation, span: Span, path: string, losses: Losses): JsonObject | undefined {
  if (citation.protocol === PROTOCOL) return citation.value;
  const { url, title = "" } = citation;
  if (url === undefined) {
    losses.dropped(path, "a citation without a URL");
    return undefined;
  }
  losses.approximated(path, "the cited passage");
  return { type: "url_citation", url_citation: { start_index: span.start, end_index: span.end, title, url } };
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
