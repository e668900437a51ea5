import { type ClientHttp2Stream, constants, type OutgoingHttpHeaders } from "node:http2";
import type { Clock } from "../../core/clock.ts";
import type { ServiceClient, ServiceLink, ServiceRequest } from "../../core/service-link.ts";
import { withTrailers } from "../../core/trailers.ts";
import { Http2Sessions } from "./http2-sessions.ts";
import { bodyOf, writeBody } from "./message-body.ts";
import { NotConnected } from "./not-connected.ts";
import { type Target, targetOf } from "./peer.ts";

/** Statuses whose answers have no body (Fetch standard, "null body status"). */
const BODILESS: ReadonlySet<number> = new Set([204, 205, 304]);

/** What HTTP/2 has no place for (RFC 9113, 8.2.2), and what it says otherwise. */
const NOT_SENT: ReadonlySet<string> = new Set([
  "connection",
  "host",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
]);

/** HTTP/2 to a service's endpoints, gRPC with its trailers among it. */
export class Http2Client implements ServiceClient {
  readonly #sessions: Http2Sessions;

  constructor(link: ServiceLink, clock: Clock) {
    this.#sessions = new Http2Sessions(link, clock);
  }

  async fetch(url: string, init: ServiceRequest): Promise<Response> {
    const target = targetOf(url);
    const place = await this.#sessions.place(target, init.signal);
    let stream: ClientHttp2Stream;
    try {
      stream = place.session.request(headersOf(target, init), { endStream: init.body === null });
    } catch (cause) {
      place.leave();
      // The session ended in this very moment; nothing was sent on it.
      throw new NotConnected("HTTP2_GOAWAY", "The session with the endpoint has ended.", { cause });
    }
    stream.once("close", place.leave);
    return exchanged(stream, init);
  }

  close(): void {
    this.#sessions.close();
  }
}

function headersOf(target: Target, { method, headers, body }: ServiceRequest): OutgoingHttpHeaders {
  const list: OutgoingHttpHeaders = {
    ":method": method,
    ":path": target.path,
    ":scheme": target.secure ? "https" : "http",
    ":authority": headers.get("host") ?? target.origin,
  };
  for (const [name, value] of headers) if (!NOT_SENT.has(name)) list[name] = value;
  // gRPC's servers want to know that what comes after the body is not lost.
  if (headers.get("content-type")?.startsWith("application/grpc") === true) list["te"] = "trailers";
  if (body instanceof Uint8Array) list["content-length"] = String(body.byteLength);
  return list;
}

function exchanged(stream: ClientHttp2Stream, init: ServiceRequest): Promise<Response> {
  const { promise, resolve, reject } = Promise.withResolvers<Response>();
  const { signal, method } = init;
  const aborted = (): void => {
    reject(signal.reason);
    stream.close(constants.NGHTTP2_CANCEL);
    stream.destroy();
  };
  if (signal.aborted) aborted();
  signal.addEventListener("abort", aborted, { once: true });
  stream.on("error", (error) => reject(failure(stream, error)));
  stream.once("close", () => {
    signal.removeEventListener("abort", aborted);
    reject(failure(stream, new Error("The stream was closed before its answer came.")));
  });
  const trailers = Promise.withResolvers<Headers | undefined>();
  let after: Headers | undefined;
  stream.once("trailers", (list) => (after = toHeaders(list)));
  stream.once("response", (list, flags) => {
    const status = Number(list[":status"]);
    const headers = toHeaders(list);
    const bodiless = method === "HEAD" || BODILESS.has(status);
    const over = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
    if (bodiless || over) {
      stream.resume();
      trailers.resolve(undefined);
      return resolve(new Response(null, { status, headers }));
    }
    const broken = (): Error => new Error("The stream was closed before the answer was complete.");
    // Nothing comes any more; where all has come, this says nothing.
    stream.once("close", () => trailers.reject(broken()));
    const ended = (): Error | undefined => {
      // A stream that was reset ends too.
      if ((stream.rstCode ?? 0) !== constants.NGHTTP2_NO_ERROR) return broken();
      // Some runtimes tell what comes after the body before its last bytes.
      trailers.resolve(after);
      return undefined;
    };
    const body = bodyOf(stream, { broken, ended });
    resolve(withTrailers(new Response(body, { status, headers }), trailers.promise));
  });
  writeBody(stream, init.body).catch((error: unknown) => {
    reject(error);
    stream.close(constants.NGHTTP2_CANCEL);
  });
  return promise;
}

/** A stream that was refused, or came after the last one that a peer which goes away looks at, has done nothing. */
function failure({ rstCode }: ClientHttp2Stream, error: Error): Error {
  if (rstCode !== constants.NGHTTP2_REFUSED_STREAM) return error;
  return new NotConnected("HTTP2_REFUSED_STREAM", "The endpoint takes no stream at the moment.", { cause: error });
}

function toHeaders(list: Readonly<Record<string, string | readonly string[] | number | undefined>>): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(list)) {
    if (name.startsWith(":") || value === undefined) continue;
    for (const one of Array.isArray(value) ? (value as readonly string[]) : [String(value)]) headers.append(name, one);
  }
  return headers;
}
