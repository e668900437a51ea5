import type { ApiName } from "../core/provider.ts";
import type { ProtocolName } from "../core/protocol.ts";

/** An API as its path shows it. `prefix` is what stood before the API's own path. */
export interface ApiCall {
  readonly api: ApiName;
  /** The protocol of the path; undefined for paths that several vendors share (`/v1/models`). */
  readonly protocol?: ProtocolName;
  readonly method: "GET" | "POST";
  /** The `{id}` of `/v1/models/{id}`, decoded. */
  readonly id?: string;
}

const SUFFIXES: readonly (readonly [suffix: string, call: ApiCall])[] = [
  ["/chat/completions", { api: "chat", protocol: "openai-chat", method: "POST" }],
  ["/v1/messages", { api: "chat", protocol: "anthropic-messages", method: "POST" }],
  ["/v1/messages/count_tokens", { api: "count-tokens", protocol: "anthropic-messages", method: "POST" }],
  ["/models", { api: "models", method: "GET" }],
];

const MODEL = "/v1/models/";

/** The API a path asks for, by its suffix; undefined when it is none. */
export function apiOf(path: string): ApiCall | undefined {
  for (const [suffix, call] of SUFFIXES) if (path.endsWith(suffix)) return call;
  const at = path.indexOf(MODEL);
  if (at < 0 || path.length === at + MODEL.length) return undefined;
  return { api: "models", method: "GET", id: decoded(path.slice(at + MODEL.length)) };
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** The protocol an error is told in: the path's own, else by the headers only Anthropic's clients send, else OpenAI's. */
export function protocolOf(path: string, headers: Headers): ProtocolName {
  return apiOf(path)?.protocol ?? (headers.has("anthropic-version") ? "anthropic-messages" : "openai-chat");
}
