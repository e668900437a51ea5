import type { Clock } from "../../core/clock.ts";
import { joined } from "../../core/collect-bytes.ts";
import { classifyFailure, failureDetail } from "../../core/fetch-failure.ts";
import { followed, isRedirect } from "../../core/network/redirect.ts";
import { shownUrl } from "./reference.ts";

/** `fetch`, as far as it is needed. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** How requests go out, and until when. */
export interface Downloads {
  readonly fetch: Fetch;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const MAX_REDIRECTS = 5;

/** Milliseconds before a request is made again that failed on the way, or for a time: 429, 502, 503, 504. */
const RETRY_AFTER: readonly number[] = [500, 2000];
const PASSING: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** Asks, and asks again if that may help. Redirects are followed, to other hosts without credentials. */
export async function ask(
  downloads: Downloads,
  url: string,
  headers: Readonly<Record<string, string>> = {},
  body?: string,
): Promise<Response> {
  const init: RequestInit = body === undefined ? { headers } : { headers, method: "POST", body };
  for (const delay of RETRY_AFTER) {
    const response = await once(downloads, url, init).catch((error: unknown) => error);
    if (response instanceof Response) {
      if (!PASSING.has(response.status)) return response;
      await response.body?.cancel();
    } else if (!(response instanceof Unreachable)) throw response;
    await pause(downloads, delay);
  }
  return once(downloads, url, init);
}

async function once(downloads: Downloads, url: string, init: RequestInit): Promise<Response> {
  let [at, options]: readonly [string, RequestInit] = [url, init];
  for (let redirects = 0; ; redirects++) {
    const response = await sent(downloads, at, options);
    const location = response.headers.get("location");
    if (location === null || !isRedirect(response.status)) return response;
    await response.body?.cancel();
    if (redirects === MAX_REDIRECTS) throw new Error(`${shownUrl(url)} redirects more than ${MAX_REDIRECTS} times.`);
    [at, options] = followed(at, options, response.status, location);
  }
}

/** Nobody answered; asking again may help. */
class Unreachable extends Error {}

async function sent({ fetch, signal }: Downloads, url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, { ...init, signal, redirect: "manual" });
  } catch (error) {
    signal.throwIfAborted();
    const how = classifyFailure(error) === "connect" ? "cannot be reached" : "gave no answer";
    throw new Unreachable(`${shownUrl(url)} ${how}: ${failureDetail(error)}.`, { cause: error });
  }
}

function pause({ clock, signal }: Downloads, delay: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const give = (): void => {
      cancel();
      reject(signal.reason instanceof Error ? signal.reason : new Error("Given up."));
    };
    const cancel = clock.after(delay, () => {
      signal.removeEventListener("abort", give);
      resolve();
    });
    if (signal.aborted) give();
    else signal.addEventListener("abort", give, { once: true });
  });
}

/** The whole body, if it is at most `limit` bytes. Throws an Error that says more otherwise. */
export async function readBody(
  response: Response,
  limit: number,
  { what, signal }: { readonly what: string; readonly signal: AbortSignal },
): Promise<Uint8Array<ArrayBuffer>> {
  const tooLarge = (): Error => new Error(`${what} is larger than the ${limit} bytes that are allowed.`);
  if (Number(response.headers.get("content-length") ?? 0) > limit) {
    await response.body?.cancel();
    throw tooLarge();
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of response.body ?? []) {
      size += chunk.byteLength;
      if (size > limit) throw tooLarge();
      chunks.push(chunk);
    }
  } catch (error) {
    signal.throwIfAborted();
    if (size > limit) throw error;
    throw new Error(`${what} broke off after ${size} bytes: ${failureDetail(error)}.`, { cause: error });
  }
  return joined(chunks, size);
}
