/** Parts, tools and settings of every kind that Google's own client knows: the compiler refuses a kind that is not here. */
import { describe, expect, test } from "bun:test";
import type { Candidate, GenerateContentResponse, GenerationConfig, Part, Tool } from "@google/genai";
import type { Codec } from "#src/core/codec.ts";
import type { JsonObject } from "#src/core/json.ts";
import { fold } from "#src/core/chat-fold.ts";
import { anthropicMessages } from "#src/protocols/anthropic-messages/index.ts";
import { gemini } from "#src/protocols/gemini/index.ts";
import { openaiChat } from "#src/protocols/openai-chat/index.ts";
import { openaiResponses } from "#src/protocols/openai-responses/index.ts";
import { responseTarget } from "#tests/contracts/codec.ts";

const path = { model: "gemini-2.5-flash", stream: false };
const others = [openaiChat, openaiResponses, anthropicMessages];
const text = { text: "Hi" };

const MODELS = {
  gemini: "gemini-2.5-flash",
  "openai-chat": "gpt-5.1",
  "openai-responses": "gpt-5.1",
  "anthropic-messages": "claude-sonnet-4-5",
} as const;

function sent(to: Codec, body: JsonObject): { value: JsonObject; lost: string[] } {
  const { value, losses } = to.request.encode(gemini.request.decode(body, path), {
    model: MODELS[to.protocol],
    dialect: {},
  });
  return { value, lost: losses.filter(({ kind }) => kind === "dropped").map(({ field }) => field) };
}

/** Whether a thing has a canonical form, or nobody misses it; else other protocols are told that it is lost. */
type Known = boolean;

function told(body: JsonObject, plain: JsonObject, known: Known): void {
  for (const to of others) {
    const usual = sent(to, plain).lost;
    expect([to.protocol, sent(to, body).lost.some((field) => !usual.includes(field))]).toEqual([to.protocol, !known]);
  }
}

const PARTS = {
  text: [{ text: "a" }, true],
  inlineData: [{ inlineData: { mimeType: "image/png", data: "aGk=" } }, true],
  fileData: [{ fileData: { mimeType: "image/png", fileUri: "https://example.com/a.png" } }, true],
  functionCall: [{ functionCall: { name: "f", args: {} } }, true],
  functionResponse: [{ functionResponse: { name: "f", response: { output: "a" } } }, true],
  thought: [{ text: "Hm.", thought: true }, false],
  thoughtSignature: [{ text: "a", thoughtSignature: "c2ln" }, false],
  executableCode: [{ executableCode: { language: "PYTHON", code: "1" } }, false],
  codeExecutionResult: [{ codeExecutionResult: { outcome: "OUTCOME_OK", output: "1" } }, false],
  toolCall: [{ toolCall: { id: "t", toolType: "GOOGLE_SEARCH_WEB", args: {} } }, false],
  toolResponse: [{ toolResponse: { id: "t", toolType: "GOOGLE_SEARCH_WEB", response: {} } }, false],
  audioTranscription: [{ audioTranscription: { text: "a" } }, false],
  mediaResolution: [{ inlineData: { mimeType: "image/png", data: "aGk=" }, mediaResolution: { level: "X" } }, false],
  videoMetadata: [{ text: "a", videoMetadata: { fps: 1 } }, false],
  partMetadata: [{ text: "a", partMetadata: { a: 1 } }, false],
  mediaProcessing: [{ text: "a", mediaProcessing: {} }, false],
  speechMetadata: [{ text: "a", speechMetadata: { a: 1 } }, false],
} satisfies Record<keyof Part, [JsonObject, Known]>;

describe.each(Object.entries(PARTS))("a part with %s", (kind, [part, known]) => {
  const role = kind === "functionResponse" || kind === "inlineData" || kind === "fileData" ? "user" : "model";
  const begin = { role: "model", parts: [{ functionCall: { name: "f", args: {} } }] };
  const around = (parts: JsonObject[]): JsonObject => ({
    contents: [{ role: "user", parts: [text] }, begin, { role, parts }, { role: "user", parts: [text] }],
  });

  test("is written as it was read", () => {
    const { value, lost } = sent(gemini, around([part]));
    expect(lost).toEqual([]);
    expect(value).toMatchObject({ contents: [{}, {}, { role, parts: [part] }, {}] });
  });

  test("is sent to others or told as lost", () => {
    if (role === "model" || known) told(around([part]), around([text]), known);
  });
});

const TOOLS = {
  functionDeclarations: [[{ name: "f" }], true],
  googleSearch: [{}, false],
  googleSearchRetrieval: [{}, false],
  googleMaps: [{}, false],
  codeExecution: [{}, false],
  computerUse: [{}, false],
  enterpriseWebSearch: [{}, false],
  exaAiSearch: [{}, false],
  parallelAiSearch: [{}, false],
  urlContext: [{}, false],
  fileSearch: [{}, false],
  mcpServers: [[], false],
  retrieval: [{}, false],
} satisfies Record<keyof Tool, [JsonObject | JsonObject[], Known]>;

test.each(Object.entries(TOOLS))(
  "a tool %s goes to Google, and to others or is told as lost",
  (name, [value, known]) => {
    const plain = { contents: [{ role: "user", parts: [text] }] };
    const body = { ...plain, tools: [{ [name]: value }] };
    expect(sent(gemini, body).value.tools).toMatchObject([{ [name]: value }]);
    told(body, plain, known);
  },
);

/** What others have a word for, each of them or one; what asks for nothing; and what only Google has. */
const CONFIG = {
  temperature: [0.5, true],
  topP: [0.9, true],
  topK: [40, undefined],
  candidateCount: [2, undefined],
  maxOutputTokens: [10, true],
  stopSequences: [["END"], undefined],
  seed: [7, undefined],
  presencePenalty: [0.5, undefined],
  frequencyPenalty: [0.5, undefined],
  responseLogprobs: [true, undefined],
  logprobs: [2, undefined],
  responseMimeType: ["application/json", true],
  responseModalities: [["TEXT"], true],
  thinkingConfig: [{ thinkingBudget: 0 }, true],
  audioTimestamp: [true, false],
  audioTranscriptionConfig: [{}, false],
  enableAffectiveDialog: [true, false],
  enableEnhancedCivicAnswers: [true, false],
  mediaResolution: ["MEDIA_RESOLUTION_LOW", false],
  modelSelectionConfig: [{}, false],
  responseFormat: [[], false],
  responseJsonSchema: [{ type: "object" }, false],
  responseSchema: [{ type: "OBJECT" }, false],
  routingConfig: [{}, false],
  speechConfig: [{}, false],
  translationConfig: [{}, false],
} satisfies Record<keyof GenerationConfig, [JsonObject[string], Known | undefined]>;

const settings: [string, [JsonObject[string], Known | undefined]][] = Object.entries(CONFIG);

test.each(settings)("the setting %s goes to Google, and to others or is told as lost", (name, [value, known]) => {
  const plain = { contents: [{ role: "user", parts: [text] }] };
  const body = { ...plain, generationConfig: { [name]: value } };
  const { value: wire, lost } = sent(gemini, body);
  expect(wire.generationConfig).toEqual({ [name]: value });
  expect(lost).toEqual([]);
  if (known !== undefined) told(body, plain, known);
});

type Field = Exclude<
  keyof GenerateContentResponse,
  "text" | "data" | "functionCalls" | "executableCode" | "codeExecutionResult"
>;

/** Fields of an answer, and whether an OpenAI client is told that one is lost. */
const ANSWER = {
  candidates: [undefined, true],
  usageMetadata: [{ promptTokenCount: 1 }, true],
  modelVersion: ["m", true],
  responseId: ["r", true],
  createTime: ["2026-01-02T03:04:05Z", true],
  promptFeedback: [{ blockReason: "SAFETY" }, true],
  modelStatus: [{ modelStage: "STABLE" }, true],
} satisfies Partial<Record<Field, [JsonObject[string] | undefined, Known]>>;

const CANDIDATE = {
  content: [{ role: "model", parts: [text] }, true],
  finishReason: ["STOP", true],
  index: [0, true],
  tokenCount: [3, true],
  avgLogprobs: [-0.1, true],
  logprobsResult: [{ chosenCandidates: [{ token: "Hi", logProbability: -0.1 }] }, true],
  citationMetadata: [{ citationSources: [{ uri: "https://example.com" }] }, true],
  groundingMetadata: [{ webSearchQueries: ["a"] }, false],
  safetyRatings: [[{ category: "HARM_CATEGORY_HARASSMENT", probability: "LOW" }], true],
  finishMessage: ["Because.", false],
  urlContextMetadata: [{ urlMetadata: [{ retrievedUrl: "https://example.com" }] }, false],
  continuationToken: ["dG9r", false],
} satisfies Record<keyof Candidate, [JsonObject[string], Known]>;

describe("an answer", () => {
  const candidate = { content: { role: "model", parts: [text] }, finishReason: "STOP", index: 0 };
  const bodies = [
    ...Object.entries(ANSWER).map(([name, [value, known]]) => {
      return { name, body: { candidates: [candidate], ...(value === undefined ? {} : { [name]: value }) }, known };
    }),
    ...Object.entries(CANDIDATE).map(([name, [value, known]]) => {
      return { name, body: { candidates: [{ ...candidate, [name]: value }] }, known };
    }),
  ];
  test.each(bodies)("with $name is written as it was read, and told to others or as lost", ({ name, body, known }) => {
    const answer = fold(gemini.response.decode(body));
    const { value, losses } = gemini.response.encode(answer, responseTarget);
    expect(losses).toEqual([]);
    const said = JSON.parse(JSON.stringify(body)) as JsonObject;
    expect(value).toMatchObject(name === "createTime" ? { ...said, createTime: "2026-01-02T03:04:05.000Z" } : said);
    const dropped = openaiChat.response.encode(answer, responseTarget).losses.filter(({ kind }) => kind === "dropped");
    expect(dropped.length > 0).toBe(!known);
  });
});
