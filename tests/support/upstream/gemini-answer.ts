/**
 * Answers of Gemini's API as it sends them: `GenerateContentResponse` of `@google/genai`, and the examples at
 * ai.google.dev/api/generate-content and ai.google.dev/gemini-api/docs/thought-signatures.
 */
import type { JsonObject } from "#src/core/json.ts";
import type { Answer, AnswerFinish, AnswerPart, AnswerUsage } from "./script.ts";
import { finishOf, pieces, usageOf } from "./script.ts";

const FINISH: Readonly<Record<AnswerFinish, string>> = {
  stop: "STOP",
  length: "MAX_TOKENS",
  tools: "STOP",
  "stop-sequence": "STOP",
  filtered: "SAFETY",
  refused: "STOP",
  paused: "STOP",
};

/** The whole answer. */
export function geminiBody(answer: Answer, model: string): JsonObject {
  return body(answer, model, answer.parts.flatMap(wireParts), FINISH[finishOf(answer)], usage(usageOf(answer)));
}

/** The answer as the frames of a stream: each one an answer with what is new, the last with its end. */
export function geminiFrames(answer: Answer, model: string): readonly string[] {
  const { input } = usageOf(answer);
  const parts = answer.parts.flatMap(streamParts);
  return parts.map((part, index) => {
    const last = index === parts.length - 1;
    const tokens = last ? usage(usageOf(answer)) : { promptTokenCount: input, totalTokenCount: input };
    const chunk = body(answer, model, [part], last ? FINISH[finishOf(answer)] : undefined, tokens);
    return `data: ${JSON.stringify(chunk)}\r\n\r\n`;
  });
}

function body(
  answer: Answer,
  model: string,
  parts: JsonObject[],
  finish: string | undefined,
  tokens: JsonObject,
): JsonObject {
  const reason: JsonObject = finish === undefined ? {} : { finishReason: finish };
  return {
    candidates: [{ content: { parts, role: "model" }, ...reason, index: 0 }],
    usageMetadata: tokens,
    modelVersion: answer.model ?? model,
    responseId: answer.id ?? "fake-Answer",
  };
}

/** Gemini puts a thought's signature on the part behind the thought: the first call, else the text. */
function wireParts(part: AnswerPart, index: number, all: readonly AnswerPart[]): JsonObject[] {
  const before = all[index - 1];
  const sealed: JsonObject =
    before?.type === "thinking" && before.signature !== undefined ? { thoughtSignature: before.signature } : {};
  switch (part.type) {
    case "text":
    case "refusal":
      return [{ text: part.text, ...sealed }];
    case "thinking":
      return [{ text: part.text, thought: true }];
    case "redacted":
      return [];
    case "tool": {
      const args = JSON.parse(part.input || "{}") as JsonObject;
      return [{ functionCall: { name: part.name, args, id: part.id }, ...sealed }];
    }
  }
}

function streamParts(part: AnswerPart, index: number, all: readonly AnswerPart[]): JsonObject[] {
  const [whole, ...none] = wireParts(part, index, all);
  if (whole === undefined || typeof whole.text !== "string") return whole === undefined ? none : [whole];
  const { thoughtSignature, text, ...fields } = whole;
  // Only the first piece is signed.
  const seal: JsonObject = thoughtSignature === undefined ? {} : { thoughtSignature };
  return pieces(text).map((words, at) => Object.assign({}, fields, { text: words }, at === 0 ? seal : {}));
}

function usage({ input, output, cached, reasoning = 0 }: AnswerUsage): JsonObject {
  return {
    promptTokenCount: input,
    candidatesTokenCount: output - reasoning,
    totalTokenCount: input + output,
    ...(cached === undefined ? {} : { cachedContentTokenCount: cached }),
    promptTokensDetails: [{ modality: "TEXT", tokenCount: input }],
    ...(reasoning === 0 ? {} : { thoughtsTokenCount: reasoning }),
  };
}
