import { AnswerBody } from "../core/answer-body.ts";
import { bodyOfStream } from "../core/answer-stream.ts";
import {
  type Cancellation,
  ConnectTimeout,
  type Transport,
  type UpstreamAnswer,
  type UpstreamRequest,
} from "../core/upstream.ts";
import type { Reach } from "./ai/reach.ts";

/** The runtime's `fetch` as a transport: on hosts that have no other, and behind a proxy, which `fetch` knows to use. */
export class FetchTransport implements Transport {
  readonly #fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly #reach: Reach;

  constructor(fetch: (url: string, init: RequestInit) => Promise<Response>, reach: Reach) {
    this.#fetch = fetch;
    this.#reach = reach;
  }

  async send(request: UpstreamRequest, cancellation: Cancellation): Promise<UpstreamAnswer> {
    const { method, headers, body, connectLimit } = request;
    const { url, host } = pinned(request);
    const late = Promise.withResolvers<never>();
    // Whoever is told so ends the cancellation's request with it.
    const unwatch = this.#reach.watch(url, connectLimit, () => late.reject(new ConnectTimeout()));
    const { signal } = cancellation;
    const sent = headers.toHeaders();
    if (host !== undefined) sent.set("host", host);
    const init: RequestInit = { method, headers: sent, body: body ?? null, signal, redirect: "manual" };
    try {
      const response = await Promise.race([this.#fetch(url, init), late.promise]);
      this.#reach.answered(url);
      return answerOf(response);
    } finally {
      unwatch();
    }
  }
}

/** With http, the address stands in the URL and the host in its header; with https the name must stay for the certificate. */
function pinned({ url, addresses = [] }: UpstreamRequest): { readonly url: string; readonly host?: string } {
  const [address] = addresses;
  if (address === undefined || !/^http:/i.test(url)) return { url };
  const at = new URL(url);
  const { host } = at;
  at.hostname = address.includes(":") ? `[${address}]` : address;
  return { url: at.href, host };
}

/** A web answer as an upstream's. */
export function answerOf({ status, headers, body }: Response): UpstreamAnswer {
  return { status, headers, body: body === null ? empty() : bodyOfStream(body) };
}

function empty(): AnswerBody {
  const body = new AnswerBody({ pause() {}, resume() {}, cancel() {} });
  body.end();
  return body;
}
