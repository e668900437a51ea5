import type { IncomingMessage } from "node:http";
import type { Readable, Writable } from "node:stream";

const BODILESS: ReadonlySet<string> = new Set(["GET", "HEAD"]);

/**
 * The standard Request of a `node:http` one; undefined when its target or its Host make no URL, which is a 400. The body is read from
 * the socket only as fast as it is taken; what nobody took when `response` is over is thrown away.
 */
export function toRequest(
  message: IncomingMessage,
  secure: boolean,
  signal: AbortSignal,
  response?: Writable,
): Request | undefined {
  const method = message.method ?? "GET";
  const url = targetUrl(message, secure);
  const headers = toHeaders(message.rawHeaders);
  if (url === undefined || headers === undefined) return undefined;
  return requestOf(url, { method, headers, signal }, hasBody(message) ? message : undefined, response);
}

/** A Request whose body is read from `body`; undefined when there can be none. `answered` ends when the answer is out. */
export function requestOf(
  url: string,
  init: RequestInit & { readonly method: string },
  body: Readable | undefined,
  answered: Writable | undefined,
): Request | undefined {
  try {
    if (body === undefined || BODILESS.has(init.method)) return new Request(url, init);
    return new Request(url, { ...init, ...streamed(body, answered) });
  } catch {
    return undefined;
  }
}

function targetUrl(message: IncomingMessage, secure: boolean): string | undefined {
  const target = message.url ?? "/";
  const url = target.startsWith("/")
    ? `${secure ? "https" : "http"}://${message.headers.host ?? "localhost"}${target}`
    : target;
  return URL.canParse(url) ? url : undefined;
}

function hasBody(message: IncomingMessage): boolean {
  const length = message.headers["content-length"];
  return message.headers["transfer-encoding"] !== undefined || (length !== undefined && length !== "0");
}

function toHeaders(raw: readonly string[]): Headers | undefined {
  const headers = new Headers();
  try {
    for (let at = 0; at + 1 < raw.length; at += 2) headers.append(raw[at] ?? "", raw[at + 1] ?? "");
  } catch {
    return undefined;
  }
  return headers;
}

/** `duplex` is demanded for streams by the standard, and missing in some hosts' types. */
function streamed(message: Readable, response: Writable | undefined): RequestInit {
  const init: RequestInit & { duplex: "half" } = { body: toStream(message, response), duplex: "half" };
  return init;
}

function toStream(message: Readable, response: Writable | undefined): ReadableStream<Uint8Array> {
  let settled = false;
  /** What is still to come is read and thrown away, so that the connection can be used again. */
  const discard = (): void => {
    settled = true;
    message.removeAllListeners("data");
    message.resume();
  };
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        message.pause();
        message.on("data", (chunk: Uint8Array) => {
          controller.enqueue(chunk);
          message.pause();
        });
        message.once("end", () => {
          if (settled) return;
          settled = true;
          controller.close();
        });
        const fail = (reason: string): void => {
          if (settled) return;
          settled = true;
          controller.error(new Error(reason));
        };
        const gone = (): void => fail("the client left before its request was complete");
        message.once("error", gone);
        message.once("close", gone);
        // Node throws the rest away only when nobody listens for it.
        response?.once("finish", () => {
          fail("the request was answered before it was complete");
          discard();
        });
      },
      pull: () => void message.resume(),
      cancel: discard,
    },
    { highWaterMark: 0 },
  );
}
