import type { Provider, Verdict } from "#src/core/provider.ts";
import { limitsFrom } from "./model-limits.ts";
import { classify } from "./verdict.ts";

/** Output limits of Google's own models (https://ai.google.dev/gemini-api/docs/models). */
export const googleLimits: Provider["limits"] = limitsFrom({
  "gemini-1": 8192,
  "gemini-2.0-": 8192,
  "gemini-2.5-": 65_536,
  "gemini-2.5-flash-image": 32_768,
  "gemini-3": 65_536,
  "gemini-3-pro-image": 32_768,
  "gemini-flash-latest": 65_536,
  "gemini-flash-lite-latest": 65_536,
  "gemini-pro-latest": 65_536,
});

/** Google's own words, the reason of its ErrorInfo first: it answers a wrong key with 400. Format: https://google.aip.dev/193 */
const BY_CODE: Readonly<Record<string, Verdict>> = {
  ACCESS_TOKEN_EXPIRED: "credential",
  API_KEY_EXPIRED: "credential",
  API_KEY_INVALID: "credential",
  API_KEY_SERVICE_BLOCKED: "credential",
  BILLING_DISABLED: "credential",
  CONSUMER_INVALID: "credential",
  CONSUMER_SUSPENDED: "credential",
  PERMISSION_DENIED: "credential",
  RATE_LIMIT_EXCEEDED: "credential",
  RESOURCE_EXHAUSTED: "credential",
  SERVICE_DISABLED: "credential",
  UNAUTHENTICATED: "credential",
  ABORTED: "upstream",
  DEADLINE_EXCEEDED: "upstream",
  INTERNAL: "upstream",
  UNAVAILABLE: "upstream",
};

/** What an error answer of Google's means for the next try. */
export function classifyGoogle(status: number, code: string | undefined): Verdict {
  const byCode = code === undefined || !Object.hasOwn(BY_CODE, code) ? undefined : BY_CODE[code];
  return byCode ?? classify(status, code);
}

/** Whether a model takes `thinkingConfig`; one that does not refuses the whole request. */
export function thinks(model: string): boolean {
  return !/gemini-(?:1|2\.0)|image|embedding|tts|audio|gemma|imagen|veo/.test(model);
}
