import { isObject, type JsonObject } from "#src/core/json.ts";
import type { Loss } from "#src/core/protocol.ts";
import type { GoldenCase } from "./case.ts";
import { answerOf, errorOf, type Pair, requestOf, streamBytes, streamOf } from "./convert.ts";
import { oneLine, pretty } from "./pretty.ts";
import { VENDORS } from "./provider.ts";

function lost(losses: readonly Loss[]): string {
  if (losses.length === 0) return "lost: nothing";
  return `lost:\n${losses.map(({ field, kind, detail }) => `  ${field}: ${kind}${detail === undefined ? "" : `, ${detail}`}`).join("\n")}`;
}

/** An event of a stream. Responses repeats its whole object in several: shown is what changes, the rest stands in the whole answer. */
function eventData(data: string): string {
  const event = JSON.parse(data) as JsonObject;
  if (!isObject(event.response)) return oneLine(event);
  const { id = null, status = null, output = null, usage = null } = event.response;
  return oneLine({ ...event, response: { id, status, output, usage, "…": "…" } });
}

/** Each event on a line; its data laid out like the rest. */
function events(text: string): string {
  return text
    .trimEnd()
    .split("\n\n")
    .map((event) =>
      event
        .split("\n")
        .map((line) => line.replace(/^data: (?=\{)(.*)$/, (_, data: string) => `data: ${eventData(data)}`))
        .join("\n"),
    )
    .join("\n");
}

/** A golden file: what a case is for a pair, for a person to read. */
export function render(golden: GoldenCase, pair: Pair): string {
  const sections = [`client: ${pair.client}\nprovider: ${pair.upstream}, ${VENDORS[pair.upstream].model}`];
  const asked = golden.requests?.[pair.client];
  if (asked !== undefined) {
    const { value, losses } = requestOf(asked, pair);
    sections.push(`== what the client asks\n${pretty(asked)}`);
    sections.push(`== what the provider is asked\n${pretty(value)}\n${lost(losses)}`);
  }
  const answer = golden.answers?.[pair.upstream] ?? golden.answer;
  if (answer !== undefined && golden.failures === undefined) {
    const { value, losses } = answerOf(golden, answer, pair);
    sections.push(`== what the provider answers\n${pretty(VENDORS[pair.upstream].whole(answer))}`);
    sections.push(`== what the client gets\n${pretty(value)}\n${lost(losses)}`);
  }
  if (answer !== undefined) {
    const bytes = streamBytes(golden, answer, pair.upstream);
    const { text, losses } = streamOf(golden, bytes, pair, [bytes.length]);
    sections.push(`== what the client gets streamed\n${events(text)}\n${lost(losses)}`);
  }
  for (const error of golden.errors?.[pair.upstream] ?? []) {
    const { status, retryAfter, body } = errorOf(error, pair);
    const wait = retryAfter === undefined ? "" : `, to come back in ${retryAfter} s`;
    sections.push(`== ${error.name}: the provider answers ${error.status}\n${pretty(error.body)}`);
    sections.push(`== ${error.name}: the client gets ${status}${wait}\n${pretty(body)}`);
  }
  return `${sections.join("\n\n")}\n`;
}
