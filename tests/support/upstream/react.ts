import type { JsonObject } from "#src/core/json.ts";
import { anthropicBody, anthropicFrames } from "./anthropic-answer.ts";
import { anthropicRefusal, countTokensRefusal } from "./anthropic-request.ts";
import type { Package } from "./deliver.ts";
import { FLAVOURS, type Flavour } from "./flavour.ts";
import { responsesBody, responsesFrames } from "./openai-responses-answer.ts";
import { responsesRefusal } from "./openai-responses-request.ts";
import { openaiBody, openaiFrames } from "./openai-answer.ts";
import { openaiRefusal } from "./openai-request.ts";
import type { ReceivedRequest } from "./received.ts";
import type { ErrorScript, RawScript, Script } from "./script.ts";
import { anthropicError, openaiError } from "./vendor-error.ts";

/** One API of the fake provider: what it refuses and how it answers. */
export interface Api {
  readonly vendor: "openai" | "anthropic";
  /** What the vendor would refuse this request with, before any script is asked. */
  refusal(
    request: ReceivedRequest,
    signatures: ReadonlySet<string>,
  ): { status: number; message: string; param?: string | null } | undefined;
  /** The answer in the vendor's shape. */
  answer(request: ReceivedRequest, script: Script): Package;
}

const MODELS: readonly string[] = ["fake-large", "fake-small"];

/** A whole answer goes out in two pieces, so that it can be held or cut in the middle. */
function json(status: number, body: JsonObject): Package {
  const text = JSON.stringify(body);
  const half = text.length >> 1;
  return { status, contentType: "application/json", frames: [text.slice(0, half), text.slice(half)] };
}

function stream(frames: readonly string[], script: Script): Package {
  return { status: 200, contentType: "text/event-stream; charset=utf-8", frames: script.edit?.(frames) ?? frames };
}

function raw(script: RawScript): Package {
  const { body, status = 200, contentType = "application/json" } = script;
  return { status, contentType, frames: typeof body === "string" || body instanceof Uint8Array ? [body] : body };
}

function flavourOf(request: ReceivedRequest): Flavour {
  return FLAVOURS[request.flavour] ?? { name: request.flavour, strict: false, needsKey: false };
}

const openai: Api = {
  vendor: "openai",
  refusal(request) {
    const flavour = flavourOf(request);
    if (flavour.needsKey && !/^Bearer \S/.test(request.headers.authorization ?? "")) {
      return { status: 401, message: "You didn't provide an API key." };
    }
    if (request.method === "GET") return undefined;
    if (request.headers["content-type"]?.startsWith("application/json") !== true)
      return { status: 400, message: "Content-Type must be application/json" };
    const wrong = openaiRefusal(request.json, flavour);
    return wrong === undefined ? undefined : { status: 400, ...wrong };
  },
  answer(request, script) {
    if ("body" in script) return raw(script);
    if ("status" in script) return json(script.status, openaiError(script));
    const flavour = flavourOf(request);
    if (!request.streamed) return json(200, openaiBody(script.answer, request.model, flavour));
    const options = request.json.stream_options;
    const includeUsage =
      typeof options === "object" && options !== null && "include_usage" in options && options.include_usage === true;
    return stream(openaiFrames(script.answer, request.model, includeUsage, flavour), script);
  },
};

const openaiResponses: Api = {
  vendor: "openai",
  refusal(request, signatures) {
    if (!/^Bearer \S/.test(request.headers.authorization ?? "")) {
      return { status: 401, message: "You didn't provide an API key." };
    }
    const wrong = responsesRefusal(request.json, signatures);
    return wrong === undefined ? undefined : { status: 400, ...wrong };
  },
  answer(request, script) {
    if ("body" in script) return raw(script);
    if ("status" in script) return json(script.status, openaiError(script));
    if (!request.streamed) return json(200, responsesBody(script.answer, request.model));
    return stream(responsesFrames(script.answer, request.model), script);
  },
};

const openaiModels: Api = {
  ...openai,
  answer(_request, script) {
    if ("body" in script) return raw(script);
    if ("status" in script) return json(script.status, openaiError(script));
    const data = MODELS.map((id) => ({ id, object: "model", created: 1_700_000_000, owned_by: "fake" }));
    return json(200, { object: "list", data });
  },
};

function anthropicHeaders(request: ReceivedRequest): { status: number; message: string } | undefined {
  if (request.headers["x-api-key"] === undefined && request.headers.authorization === undefined) {
    return { status: 401, message: "x-api-key header is required" };
  }
  return request.headers["anthropic-version"] === undefined
    ? { status: 400, message: "anthropic-version: header is required" }
    : undefined;
}

const anthropic: Api = {
  vendor: "anthropic",
  refusal(request, signatures) {
    const message = anthropicRefusal(request.json, signatures);
    return anthropicHeaders(request) ?? (message === undefined ? undefined : { status: 400, message });
  },
  answer(request, script) {
    if ("body" in script) return raw(script);
    if ("status" in script) return json(script.status, anthropicError(script));
    if (!request.streamed) return json(200, anthropicBody(script.answer, request.model));
    return stream(anthropicFrames(script.answer, request.model), script);
  },
};

const countTokens: Api = {
  vendor: "anthropic",
  refusal(request, signatures) {
    const message = countTokensRefusal(request.json, signatures);
    return anthropicHeaders(request) ?? (message === undefined ? undefined : { status: 400, message });
  },
  answer(_request, script) {
    if ("body" in script) return raw(script);
    if ("status" in script) return json(script.status, anthropicError(script));
    return json(200, { input_tokens: 4242 });
  },
};

const anthropicModels: Api = {
  vendor: "anthropic",
  refusal: (request) => anthropicHeaders(request),
  answer() {
    const data = MODELS.map((id) => ({ type: "model", id, display_name: id, created_at: "2025-01-01T00:00:00Z" }));
    return json(200, { data, has_more: false, first_id: MODELS[0] ?? null, last_id: MODELS.at(-1) ?? null });
  },
};

/** The API a request is for, or undefined where the vendors have none. */
export function apiOf(request: ReceivedRequest): Api | undefined {
  switch (`${request.method} ${request.path}`) {
    case "POST /v1/chat/completions":
      return openai;
    case "POST /v1/responses":
      return openaiResponses;
    case "POST /v1/messages":
      return anthropic;
    case "POST /v1/messages/count_tokens":
      return countTokens;
    case "GET /v1/models":
      return request.headers["anthropic-version"] === undefined ? openaiModels : anthropicModels;
    default:
      return undefined;
  }
}

/** An error in the shape of the API's vendor. */
export function refusing(vendor: Api["vendor"], script: ErrorScript, param: string | null = null): Package {
  return json(script.status, vendor === "anthropic" ? anthropicError(script) : openaiError(script, param));
}
