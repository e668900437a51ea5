/** The matrix in docs is what conversion does, and nothing gets lost without a word. */
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import type { ChatRequest } from "#src/core/chat.ts";
import { PROTOCOLS } from "#src/core/protocol.ts";
import { PAGE } from "./matrix.ts";
import { CONTENT, ENDS, TOKENS } from "./matrix/answer-probes.ts";
import { ofAnswer, ofRequest } from "./matrix/measure.ts";
import { MESSAGES } from "./matrix/message-probes.ts";
import { OPTIONS, TOOLS } from "./matrix/option-probes.ts";
import { matrixPage } from "./matrix/page.ts";

const PAIRS = PROTOCOLS.flatMap((client) => PROTOCOLS.map((upstream) => [client, upstream] as const));
const REQUESTS = [MESSAGES, TOOLS, OPTIONS].flatMap(({ probes }) => probes);
const ANSWERS = [CONTENT, ENDS, TOKENS].flatMap(({ probes }) => probes);

test("the page in docs is what is measured: otherwise `bun tests/protocols/matrix.ts --update`", () => {
  expect(readFileSync(PAGE, "utf8")).toBe(matrixPage());
});

describe.each(PAIRS)("between a client of %s and a provider of %s", (client, upstream) => {
  test("nothing is lost in silence", () => {
    const requests = REQUESTS.map((probe) => [probe.feature, ofRequest(probe, client, upstream).kind]);
    const answers = ANSWERS.map((probe) => [probe.feature, ofAnswer(probe, client, upstream).kind]);
    expect([...requests, ...answers].filter(([, kind]) => kind === "silent")).toEqual([]);
  });
});

test("between two sides of one protocol everything is carried", () => {
  const kinds = PROTOCOLS.flatMap((protocol) => [
    ...REQUESTS.map((probe) => ofRequest(probe, protocol, protocol).kind),
    ...ANSWERS.map((probe) => ofAnswer(probe, protocol, protocol).kind),
  ]);
  expect(new Set(kinds)).toEqual(new Set(["carried", "unsaid"]));
});

test("every thing can be said in some protocol, so that no probe measures nothing", () => {
  for (const probe of REQUESTS) {
    const kinds = PROTOCOLS.map((protocol) => ofRequest(probe, protocol, protocol).kind);
    expect([probe.feature, kinds.includes("carried")]).toEqual([probe.feature, true]);
  }
  for (const probe of ANSWERS) {
    const kinds = PROTOCOLS.map((protocol) => ofAnswer(probe, protocol, protocol).kind);
    expect([probe.feature, kinds.includes("carried")]).toEqual([probe.feature, true]);
  }
});

test("what is gone without a word is found", () => {
  // Each provider is asked for a model of its own, which no codec calls a loss.
  const probe = { feature: "model", request: {}, see: ({ model }: ChatRequest) => model };
  expect(ofRequest(probe, "openai-chat", "gemini").kind).toBe("silent");
});
