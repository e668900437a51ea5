import { isDeeperThan, isObject, type JsonObject } from "#src/core/json.ts";
import type { McpWorld } from "#src/core/mcp/kind.ts";
import { NetworkRefusal } from "#src/core/network/target.ts";
import { OAuthFailure } from "./oauth-failure.ts";

/** What may be sent. */
export interface JsonRequest {
  readonly method?: "GET" | "POST";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** An answer; `body` is undefined when it is no JSON object. */
export interface JsonAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: JsonObject | undefined;
}

/** Metadata, keys and tokens are small; whoever sends more is not what it should be. */
const LIMIT = 2 ** 18;
const MAX_DEPTH = 32;
/** How long an authorization server may take, in milliseconds. */
const PATIENCE = 10_000;

/**
 * Asks an authorization server or a page of metadata. Redirects are not followed: they could lead anywhere. `what` names the page in
 * failures. Rejects with an {@link OAuthFailure} when there is no whole answer in time.
 */
export async function fetchJson(
  what: string,
  url: string,
  request: JsonRequest,
  { fetch, clock }: Pick<McpWorld, "fetch" | "clock">,
): Promise<JsonAnswer> {
  const limit = new AbortController();
  const stop = clock.after(PATIENCE, () => limit.abort(new Error("no answer in time")));
  try {
    const response = await fetch(url, {
      method: request.method ?? "GET",
      headers: { accept: "application/json", ...request.headers },
      ...(request.body === undefined ? {} : { body: request.body }),
      redirect: "manual",
      signal: limit.signal,
    });
    const text = await textOf(response);
    return { status: response.status, headers: response.headers, body: objectIn(text) };
  } catch (cause) {
    const why = cause instanceof NetworkRefusal ? `: ${cause.message}` : "";
    throw new OAuthFailure("unreachable", `${what} could not be asked${why}`, { cause });
  } finally {
    stop();
  }
}

async function textOf(response: Response): Promise<string> {
  if (response.body === null) return "";
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    size += value.byteLength;
    if (size > LIMIT) {
      void reader.cancel().catch(() => {});
      throw new Error(`more than ${LIMIT} bytes`);
    }
    text += decoder.decode(value, { stream: true });
  }
}

function objectIn(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) && !isDeeperThan(MAX_DEPTH, value) ? value : undefined;
  } catch {
    return undefined;
  }
}
