import type { Citation } from "../../core/chat.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import type { Losses } from "../losses.ts";
import { spanOf } from "../text-spans.ts";
import { PROTOCOL } from "./wire.ts";

/** An annotation of the model's text. */
export function decodeCitation(value: JsonObject): Citation {
  const { url, title } = value;
  const span = spanOf(value.start_index, value.end_index);
  return {
    protocol: PROTOCOL,
    value,
    ...(typeof url === "string" ? { url } : {}),
    ...(typeof title === "string" ? { title } : {}),
    ...(span === undefined ? {} : { span }),
  };
}

/**
 * A citation as an answer's annotation. `at` is where it stands in the text, in UTF-16 code units. Undefined for one without a URL from
 * another protocol, which an annotation cannot say.
 */
export function encodeCitation(citation: Citation, at: number, path: string, losses: Losses): JsonObject | undefined {
  if (citation.protocol === PROTOCOL) return citation.value;
  const nested = citation.value.url_citation;
  // Chat Completions says the same, one object deeper.
  if (citation.protocol === "openai-chat" && isObject(nested)) return { type: "url_citation", ...nested };
  const { url, title = "" } = citation;
  if (url === undefined) {
    losses.dropped(path, "a citation without a URL");
    return undefined;
  }
  if (citation.span === undefined) losses.approximated(path, "the cited passage");
  const { start, end } = citation.span ?? { start: at, end: at };
  return { type: "url_citation", start_index: start, end_index: end, title, url };
}
