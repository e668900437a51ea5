import { collectBytes } from "#src/core/collect-bytes.ts";
import type { RegistryWorld } from "./registry.ts";

/** A larger answer is refused. */
const MOST_BYTES = 64 * 1024 * 1024;

/** What is asked of a registry over HTTP. */
export interface JsonRequest {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Posted, as from a page; left out: GET. */
  readonly form?: Readonly<Record<string, string>>;
  /** Milliseconds for the whole of it. */
  readonly timeout: number;
  readonly signal: AbortSignal;
}

/** An answer of whatever status; `body` is undefined where it is no JSON. */
export interface JsonAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
  /** The body's text, for what it says of an error. */
  readonly text: string;
}

/** Asks for JSON. Rejects when no answer comes in time, or the signal is aborted. */
export async function requestJson({ clock, fetch }: RegistryWorld, request: JsonRequest): Promise<JsonAnswer> {
  const { url, headers, form, timeout, signal } = request;
  const limit = new AbortController();
  const end = (): void => limit.abort(signal.reason);
  const stop = clock.after(timeout, () => limit.abort(new Error(`no answer within ${Math.round(timeout)} ms`)));
  signal.addEventListener("abort", end);
  try {
    signal.throwIfAborted();
    const init: RequestInit = { headers: { accept: "application/json", ...headers }, signal: limit.signal };
    const posted = form === undefined ? {} : { method: "POST", body: new URLSearchParams(form) };
    const response = await fetch(url, { ...init, ...posted, redirect: "error" });
    const text = await textOf(response);
    return { status: response.status, headers: response.headers, body: parsed(text), text };
  } finally {
    stop();
    signal.removeEventListener("abort", end);
  }
}

async function textOf({ body }: Response): Promise<string> {
  if (body === null) return "";
  const over = (): Error => new Error(`an answer of more than ${MOST_BYTES} bytes`);
  return new TextDecoder().decode(await collectBytes(body, { limit: MOST_BYTES, over }));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Why a request failed, for the log. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
