/** docs/protocol-matrix.md, written from what {@link ofRequest} and {@link ofAnswer} find. */
import { type ClientProtocol, PROTOCOLS } from "#src/core/protocol.ts";
import { table } from "#tests/support/markdown.ts";
import { CONTENT, ENDS, TOKENS } from "./answer-probes.ts";
import { MODELS, ofAnswer, ofRequest, type Verdict } from "./measure.ts";
import { MESSAGES } from "./message-probes.ts";
import { OPTIONS, TOOLS } from "./option-probes.ts";
import type { Group } from "./probe.ts";

const NAMES: Readonly<Record<ClientProtocol, string>> = {
  "openai-chat": "Chat Completions",
  "openai-responses": "Responses",
  "anthropic-messages": "Claude",
  gemini: "Gemini",
};

const WORDS: Readonly<Record<Verdict["kind"], string>> = {
  carried: "carried",
  approximated: "approximated",
  lost: "lost",
  unsaid: "–",
  silent: "SILENTLY LOST",
};

const INTRO = `# Protocol matrix

<!-- Written by \`bun tests/protocols/matrix.ts --update\`; do not change it by hand. -->

What becomes of each thing between a client's protocol and a provider's, found by converting it there and reading it again. How it is
converted is told in [Conversion](conversion.md).

- **carried**: it is the same at the other end.
- **approximated**: something near it is sent, and told as a loss; how is written below the table.
- **lost**: it is left out, and told as a loss.
- **–**: the side that speaks first has no word for it, or not for this model.

A model may take less than its protocol can say. At providers, these tables hold for
${PROTOCOLS.map((protocol) => `\`${MODELS[protocol]}\` (${NAMES[protocol]})`)
  .filter((text, index, all) => all.findIndex((one) => one.split(" ")[0] === text.split(" ")[0]) === index)
  .join(", ")
  .replace("(Chat Completions)", "(Chat Completions, Responses)")}; for OpenAI-compatible providers, for OpenAI itself.
`;

type Find<Probe> = (probe: Probe, client: ClientProtocol, upstream: ClientProtocol) => Verdict;

function section<Probe extends { readonly feature: string }>(
  { name, probes }: Group<Probe>,
  client: ClientProtocol,
  find: Find<Probe>,
): string {
  const found = probes.map((probe) => ({
    probe,
    verdicts: PROTOCOLS.map((upstream) => find(probe, client, upstream)),
  }));
  const said = found.filter(({ verdicts }) => verdicts.some(({ kind }) => kind !== "unsaid"));
  const rows = said.map(({ probe, verdicts }) => [probe.feature, ...verdicts.map(({ kind }) => WORDS[kind])]);
  const notes = said.flatMap(({ probe, verdicts }) => notesOf(probe.feature, verdicts));
  const list = notes.length === 0 ? "" : `\n\n${notes.join("\n")}`;
  return `### ${name}\n\n${table([["", ...PROTOCOLS.map((upstream) => NAMES[upstream])], ...rows])}${list}\n`;
}

/** How a thing is said in other words, once for all providers where it is said alike. */
function notesOf(feature: string, verdicts: readonly Verdict[]): string[] {
  const details = new Map<string, string[]>();
  for (const [index, { kind, detail }] of verdicts.entries()) {
    const upstream = PROTOCOLS[index];
    if (kind !== "approximated" || upstream === undefined) continue;
    const text = detail ?? "the nearest word";
    details.set(text, [...(details.get(text) ?? []), NAMES[upstream]]);
  }
  return [...details].map(([text, names]) => `- ${feature}, ${names.join(" and ")}: ${text}`);
}

/** The whole page. */
export function matrixPage(): string {
  const requests = PROTOCOLS.map((client) =>
    [
      `## Requests of ${NAMES[client]} clients, by the provider's protocol\n`,
      ...[MESSAGES, TOOLS, OPTIONS].map((group) => section(group, client, ofRequest)),
    ].join("\n"),
  );
  const answers = PROTOCOLS.map((client) =>
    [
      `## Answers to ${NAMES[client]} clients, by the provider's protocol\n`,
      ...[CONTENT, ENDS, TOKENS].map((group) => section(group, client, ofAnswer)),
    ].join("\n"),
  );
  return [INTRO, ...requests, ...answers].join("\n");
}
