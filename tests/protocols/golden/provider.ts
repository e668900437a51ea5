/** Providers' answers of the golden cases, in the wire format of each protocol. */
import type { JsonObject } from "#src/core/json.ts";
import type { ClientProtocol } from "#src/core/protocol.ts";
import { anthropicBody, anthropicFrames } from "#tests/support/upstream/anthropic-answer.ts";
import { FLAVOURS, type Flavour } from "#tests/support/upstream/flavour.ts";
import { geminiBody, geminiFrames } from "#tests/support/upstream/gemini-answer.ts";
import { openaiBody, openaiFrames } from "#tests/support/upstream/openai-answer.ts";
import { responsesBody, responsesFrames } from "#tests/support/upstream/openai-responses-answer.ts";
import type { Answer } from "#tests/support/upstream/script.ts";

interface Vendor {
  readonly model: string;
  whole(answer: Answer): JsonObject;
  frames(answer: Answer): readonly string[];
  /** What ends a stream, left out of one that fails in its middle. */
  readonly ending: number;
}

/** OpenRouter's, of all who speak Chat Completions: it tells reasoning and its signatures. */
const flavour: Flavour = {
  name: "openrouter",
  reasoningField: "reasoning",
  reasoningDetails: true,
  strict: false,
  needsKey: true,
};
const OPENAI = FLAVOURS.openai ?? flavour;

function flavourOf({ parts }: Answer): Flavour {
  return parts.some(({ type }) => type === "thinking") ? flavour : OPENAI;
}

/** What each vendor's endpoint answers, and the model that does. */
export const VENDORS: Readonly<Record<ClientProtocol, Vendor>> = {
  "openai-chat": {
    model: "gpt-5.1",
    whole: (answer) => openaiBody(answer, "gpt-5.1", flavourOf(answer)),
    frames: (answer) => openaiFrames(answer, "gpt-5.1", true, flavourOf(answer)),
    ending: 3,
  },
  "openai-responses": {
    model: "gpt-5.1",
    whole: (answer) => responsesBody(answer, "gpt-5.1"),
    frames: (answer) => responsesFrames(answer, "gpt-5.1"),
    ending: 4,
  },
  "anthropic-messages": {
    model: "claude-sonnet-4-5",
    whole: (answer) => anthropicBody(answer, "claude-sonnet-4-5"),
    frames: (answer) => anthropicFrames(answer, "claude-sonnet-4-5"),
    ending: 3,
  },
  gemini: {
    model: "gemini-3-pro-preview",
    whole: (answer) => geminiBody(answer, "gemini-3-pro-preview"),
    frames: (answer) => geminiFrames(answer, "gemini-3-pro-preview"),
    ending: 1,
  },
};
