import type { Exchange } from "#src/core/exchange.ts";

/** A fixed answer. */
export interface DirectResponseOptions {
  readonly status: number;
  readonly body?: string;
  /** `content-type` is `text/plain;charset=utf-8` unless given here. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Answers each request alike, HEAD without the body. Throws when the status or a header is not valid. */
export function createDirectResponseHandler(options: DirectResponseOptions): (exchange: Exchange) => Promise<Response> {
  const { status, body = "", headers: given } = options;
  const bodiless = body === "" || status === 204 || status === 205 || status === 304;
  const bytes = new TextEncoder().encode(body);
  const headers = new Headers(given);
  if (!bodiless) {
    if (!headers.has("content-type")) headers.set("content-type", "text/plain;charset=utf-8");
    headers.set("content-length", String(bytes.byteLength));
  }
  const respond = (method: string): Response =>
    new Response(bodiless || method === "HEAD" ? null : bytes, { status, headers });
  respond("GET");
  return ({ request, record }) => {
    const response = respond(request.method);
    if (response.body !== null) record.responseBytes += bytes.byteLength;
    return Promise.resolve(response);
  };
}
