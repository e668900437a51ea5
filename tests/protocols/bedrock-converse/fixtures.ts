import type { ConverseResponse, ConverseStreamOutput } from "@aws-sdk/client-bedrock-runtime";
import type { JsonObject } from "#src/core/json.ts";
import type { AwsEvent } from "#tests/support/aws-stream.ts";

/**
 * Answers in the shape of AWS API Reference, "Converse" and "ConverseStream"; the SDK's types hold them to the published names. Bytes are
 * base64 on the wire. `p` is the padding Bedrock puts into events against guessing by their lengths.
 */
type EventName = keyof ConverseStreamOutput;

function event(name: EventName, payload: JsonObject): AwsEvent {
  return [name, { ...payload, p: "abcdefgh" }];
}

function whole(
  fields: Record<keyof Pick<ConverseResponse, "output" | "stopReason" | "usage" | "metrics">, unknown>,
): JsonObject {
  return JSON.parse(JSON.stringify(fields)) as JsonObject;
}

const USAGE = { inputTokens: 30, outputTokens: 12, totalTokens: 42 };
const CACHED = {
  ...USAGE,
  cacheReadInputTokens: 100,
  cacheWriteInputTokens: 50,
  cacheDetails: [
    { ttl: "1h", inputTokens: 20 },
    { ttl: "5m", inputTokens: 30 },
  ],
};
const metrics = { latencyMs: 321 };

/** The same answer, streamed and whole. */
export interface Answer {
  readonly name: string;
  readonly events: readonly AwsEvent[];
  readonly whole: JsonObject;
}

const delta = (contentBlockIndex: number, value: JsonObject): AwsEvent =>
  event("contentBlockDelta", { contentBlockIndex, delta: value });
const stop = (contentBlockIndex: number): AwsEvent => event("contentBlockStop", { contentBlockIndex });
const begin: AwsEvent = event("messageStart", { role: "assistant" });

export const TEXT: Answer = {
  name: "text",
  events: [
    begin,
    delta(0, { text: "Grüße, " }),
    delta(0, { text: "Welt 😀" }),
    stop(0),
    event("messageStop", { stopReason: "end_turn" }),
    event("metadata", { usage: USAGE, metrics }),
  ],
  whole: whole({
    output: { message: { role: "assistant", content: [{ text: "Grüße, Welt 😀" }] } },
    stopReason: "end_turn",
    usage: USAGE,
    metrics,
  }),
};

export const REASONING_AND_TOOLS: Answer = {
  name: "reasoning and parallel tools",
  events: [
    begin,
    delta(0, { reasoningContent: { text: "Two cities, " } }),
    delta(0, { reasoningContent: { text: "two calls." } }),
    delta(0, { reasoningContent: { signature: "c2lnbmVk" } }),
    stop(0),
    delta(1, { reasoningContent: { redactedContent: "ZW5jcnlwdGVk" } }),
    stop(1),
    delta(2, { text: "I look it up." }),
    stop(2),
    event("contentBlockStart", {
      contentBlockIndex: 3,
      start: { toolUse: { toolUseId: "tooluse_1", name: "weather" } },
    }),
    delta(3, { toolUse: { input: '{"city":' } }),
    delta(3, { toolUse: { input: '"Bern"}' } }),
    stop(3),
    event("contentBlockStart", { contentBlockIndex: 4, start: { toolUse: { toolUseId: "tooluse_2", name: "now" } } }),
    stop(4),
    event("messageStop", { stopReason: "tool_use" }),
    event("metadata", { usage: CACHED, metrics }),
  ],
  whole: whole({
    output: {
      message: {
        role: "assistant",
        content: [
          { reasoningContent: { reasoningText: { text: "Two cities, two calls.", signature: "c2lnbmVk" } } },
          { reasoningContent: { redactedContent: "ZW5jcnlwdGVk" } },
          { text: "I look it up." },
          { toolUse: { toolUseId: "tooluse_1", name: "weather", input: { city: "Bern" } } },
          { toolUse: { toolUseId: "tooluse_2", name: "now", input: {} } },
        ],
      },
    },
    stopReason: "tool_use",
    usage: CACHED,
    metrics,
  }),
};

const CITATION = {
  title: "Bern",
  sourceContent: [{ text: "…" }],
  location: { web: { url: "https://example.com/bern", domain: "example.com" } },
};
const DOCUMENT = { title: "a", location: { documentChar: { documentIndex: 0, start: 1, end: 4 } } };

export const CITED: Answer = {
  name: "citations, an image and a part of Bedrock's own",
  events: [
    begin,
    delta(0, { text: "It rains." }),
    delta(0, { citation: CITATION }),
    delta(0, { citation: DOCUMENT }),
    stop(0),
    event("contentBlockStart", { contentBlockIndex: 1, start: { image: { format: "jpeg" } } }),
    delta(1, { image: { source: { bytes: "aW1hZ2U=" } } }),
    stop(1),
    event("contentBlockStart", { contentBlockIndex: 2, start: { toolResult: { toolUseId: "t", status: "success" } } }),
    delta(2, { toolResult: [{ text: "found" }] }),
    stop(2),
    event("messageStop", { stopReason: "stop_sequence", additionalModelResponseFields: { stop_sequence: "END" } }),
    event("metadata", { usage: USAGE, metrics, trace: { guardrail: { actionReason: "none" } } }),
  ],
  whole: {
    ...whole({
      output: {
        message: {
          role: "assistant",
          content: [
            { citationsContent: { content: [{ text: "It rains." }], citations: [CITATION, DOCUMENT] } },
            { image: { format: "jpeg", source: { bytes: "aW1hZ2U=" } } },
            { toolResult: { toolUseId: "t", status: "success", content: [{ text: "found" }] } },
          ],
        },
      },
      stopReason: "stop_sequence",
      usage: USAGE,
      metrics,
    }),
    additionalModelResponseFields: { stop_sequence: "END" },
    trace: { guardrail: { actionReason: "none" } },
  },
};

export const ANSWERS: readonly Answer[] = [TEXT, REASONING_AND_TOOLS, CITED];
