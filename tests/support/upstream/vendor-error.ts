/**
 * Error bodies as the vendors shape them: platform.openai.com/docs/guides/error-codes, platform.claude.com/docs/en/api/errors and
 * ai.google.dev/gemini-api/docs/troubleshooting with google.rpc.Status.
 */
import type { JsonObject } from "#src/core/json.ts";
import type { ErrorScript } from "./script.ts";

const OPENAI_TYPES: Readonly<Record<number, readonly [type: string, code: string | null]>> = {
  400: ["invalid_request_error", null],
  401: ["invalid_request_error", "invalid_api_key"],
  402: ["insufficient_quota", "insufficient_quota"],
  403: ["invalid_request_error", "unsupported_country_region_territory"],
  404: ["invalid_request_error", "model_not_found"],
  429: ["requests", "rate_limit_exceeded"],
  500: ["server_error", null],
  503: ["server_error", null],
};

const ANTHROPIC_TYPES: Readonly<Record<number, string>> = {
  400: "invalid_request_error",
  401: "authentication_error",
  402: "billing_error",
  403: "permission_error",
  404: "not_found_error",
  413: "request_too_large",
  429: "rate_limit_error",
  500: "api_error",
  503: "api_error",
  504: "timeout_error",
  529: "overloaded_error",
};

/** OpenAI's error body. */
export function openaiError(script: ErrorScript, param: string | null = null): JsonObject {
  const [type, code] = OPENAI_TYPES[script.status] ?? ["server_error", null];
  return {
    error: {
      message: script.message ?? `The fake provider answers ${script.status}.`,
      type: script.type ?? type,
      param,
      code: script.code ?? code,
    },
  };
}

/** Anthropic's error body. */
export function anthropicError(script: ErrorScript): JsonObject {
  return {
    type: "error",
    error: {
      type: script.type ?? ANTHROPIC_TYPES[script.status] ?? "api_error",
      message: script.message ?? `The fake provider answers ${script.status}.`,
    },
    request_id: "req_011FakeRequest",
  };
}

const GEMINI_STATUSES: Readonly<Record<number, string>> = {
  400: "INVALID_ARGUMENT",
  401: "UNAUTHENTICATED",
  403: "PERMISSION_DENIED",
  404: "NOT_FOUND",
  429: "RESOURCE_EXHAUSTED",
  500: "INTERNAL",
  503: "UNAVAILABLE",
  504: "DEADLINE_EXCEEDED",
};

/** Gemini's error body; `wait` is when to come back, in seconds. */
export function geminiError(script: ErrorScript, wait?: number): JsonObject {
  const details = [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: `${wait ?? 0}s` }];
  return {
    error: {
      code: script.status,
      message: script.message ?? `The fake provider answers ${script.status}.`,
      status: script.type ?? GEMINI_STATUSES[script.status] ?? "UNKNOWN",
      ...(wait === undefined ? {} : { details }),
    },
  };
}
