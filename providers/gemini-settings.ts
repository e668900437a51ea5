import { z } from "zod";
import { isObject, type JsonObject } from "#src/core/json.ts";
import type { UpstreamCall } from "#src/core/provider.ts";
import { thinks } from "./gemini-models.ts";

/** Format: https://ai.google.dev/api/generate-content#HarmBlockThreshold */
const THRESHOLD = z.enum([
  "HARM_BLOCK_THRESHOLD_UNSPECIFIED",
  "BLOCK_LOW_AND_ABOVE",
  "BLOCK_MEDIUM_AND_ABOVE",
  "BLOCK_ONLY_HIGH",
  "BLOCK_NONE",
  "OFF",
]);

/** What {@link GEMINI_FIELDS} read. */
export interface GeminiSettings {
  readonly geminiSafetySetting?: Readonly<Record<string, string>> | undefined;
  readonly geminiThinkingBudget?: number | undefined;
}

/** The fields of Gemini's own that every provider of its models has. */
export const GEMINI_FIELDS: Readonly<Record<keyof GeminiSettings, z.ZodType>> = {
  geminiSafetySetting: z
    .record(
      z.string().regex(/^HARM_CATEGORY_[A-Z_]+$/, "must be a category such as HARM_CATEGORY_HARASSMENT"),
      THRESHOLD,
    )
    .optional()
    .describe("Thresholds by harm category, for requests that bring no safetySettings of their own."),
  geminiThinkingBudget: z
    .int()
    .min(-1)
    .optional()
    .describe("Tokens a model may think, for requests that do not say; 0: none, -1: as many as it likes."),
};

/** True when the settings say something that only Gemini's own protocol has a place for. */
export function needsGemini({ geminiSafetySetting, geminiThinkingBudget }: GeminiSettings): boolean {
  return geminiSafetySetting !== undefined || geminiThinkingBudget !== undefined;
}

/** A generateContent body with the settings where the client said nothing. Google reads fields in either case of writing. */
export function withGeminiSettings(body: JsonObject, { model }: UpstreamCall, settings: GeminiSettings): JsonObject {
  const { geminiSafetySetting: safety, geminiThinkingBudget: budget } = settings;
  const changed = { ...body };
  if (safety !== undefined && body["safetySettings"] === undefined && body["safety_settings"] === undefined) {
    changed["safetySettings"] = Object.entries(safety).map(([category, threshold]) => ({ category, threshold }));
  }
  if (budget !== undefined && thinks(model)) setBudget(changed, budget);
  return changed;
}

function setBudget(body: JsonObject, thinkingBudget: number): void {
  const name = isObject(body["generation_config"]) ? "generation_config" : "generationConfig";
  const config = isObject(body[name]) ? body[name] : {};
  if (config["thinkingConfig"] !== undefined || config["thinking_config"] !== undefined) return;
  body[name] = { ...config, thinkingConfig: { thinkingBudget } };
}
