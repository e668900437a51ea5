import { Agent, type ClientRequest, type IncomingMessage, request as send } from "node:http";
import type { Duplex } from "node:stream";
import type { Clock } from "../../core/clock.ts";
import type { ServiceClient, ServiceLink, ServiceRequest } from "../../core/service-link.ts";
import { dial } from "./dial.ts";
import { bodyOf, writeBody } from "./message-body.ts";
import { type Peer, type Target, targetOf } from "./peer.ts";

/** Statuses whose answers have no body (Fetch standard, "null body status"). */
const BODILESS: ReadonlySet<number> = new Set([204, 205, 304]);

/** Connections to one endpoint that are kept while nobody needs them. */
const MAX_IDLE = 64;

/** How long one is kept, in milliseconds, unless the endpoint says that it keeps it for less. */
const KEPT = 45_000;

/** HTTP/1.1 over connections of our own making: through proxies, with certificates of one's own, with a limit for connecting. */
export class Http1Client implements ServiceClient {
  readonly #link: ServiceLink;
  readonly #clock: Clock;
  readonly #agent: Agent;
  #active = 0;
  #closed = false;

  constructor(link: ServiceLink, clock: Clock) {
    this.#link = link;
    this.#clock = clock;
    this.#agent = new DialingAgent(link, clock, true);
  }

  async fetch(url: string, init: ServiceRequest): Promise<Response> {
    const target = targetOf(url);
    this.#active++;
    try {
      return await this.#ask(target, init, this.#agent);
    } catch (error) {
      if (!(error instanceof StaleConnection)) throw error;
      return await this.#ask(target, init, new DialingAgent(this.#link, this.#clock, false));
    } finally {
      this.#active--;
      this.#endWhenIdle();
    }
  }

  close(): void {
    this.#closed = true;
    this.#endWhenIdle();
  }

  #endWhenIdle(): void {
    if (this.#closed && this.#active === 0) this.#agent.destroy();
  }

  /** Resolves when the answer's head is there; it counts as under way until its body is over. */
  #ask(target: Target, { method, headers, body, signal }: ServiceRequest, agent: Agent): Promise<Response> {
    const { promise, resolve, reject } = Promise.withResolvers<Response>();
    if (signal.aborted) return Promise.reject(reasonOf(signal));
    const { host, port, path } = target;
    const list = Object.fromEntries(headers);
    if (body instanceof Uint8Array) list["content-length"] = String(body.byteLength);
    // A name of the URL's would be looked up again for nothing: the agent has the peer.
    const request = send({ host, port, method, path, headers: list, agent, setHost: false });
    const failed = (error: Error): void => reject(signal.aborted ? reasonOf(signal) : failure(error, request, body));
    const aborted = (): void => void request.destroy(reasonOf(signal));
    signal.addEventListener("abort", aborted, { once: true });
    this.#active++;
    request.once("close", () => {
      signal.removeEventListener("abort", aborted);
      this.#active--;
      this.#endWhenIdle();
      // Deno says nothing else of a connection that ends while the request gets it.
      failed(Object.assign(new Error("The connection was closed before the answer."), { code: "ECONNRESET" }));
    });
    request.on("error", failed);
    request.once("response", (message) => {
      try {
        resolve(responseOf(message, method));
      } catch (error) {
        message.destroy();
        reject(error);
      }
    });
    writeBody(request, body).catch((error: unknown) => void request.destroy(asError(error)));
    return promise;
  }
}

/** Dials as the link says. */
class DialingAgent extends Agent {
  readonly #link: ServiceLink;
  readonly #clock: Clock;

  constructor(link: ServiceLink, clock: Clock, keepAlive: boolean) {
    super({ keepAlive, maxFreeSockets: MAX_IDLE, timeout: link.idleTimeout ?? KEPT });
    this.#link = link;
    this.#clock = clock;
  }

  override createConnection(
    options: { readonly host?: string | null; readonly port?: number | string | null },
    done: (error: Error | null, socket: Duplex) => void,
  ): undefined {
    void this.#dial({ host: options.host ?? "", port: Number(options.port) }, done);
  }

  async #dial(peer: Peer, done: (error: Error | null, socket: Duplex) => void): Promise<void> {
    let socket;
    try {
      socket = await dial(peer, this.#link, this.#clock);
    } catch (error) {
      // Without a socket, whatever the type says.
      return (done as (error: Error) => void)(asError(error));
    }
    done(null, socket);
  }
}

/** A kept connection was closed before a byte of the answer came, and the request can be sent once more. */
class StaleConnection extends Error {
  constructor(cause: unknown) {
    super("The connection was closed before a byte of the answer came.", { cause });
    this.name = "StaleConnection";
  }
}

function failure(error: Error, request: ClientRequest, body: ServiceRequest["body"]): Error {
  const code = "code" in error ? error.code : undefined;
  const closed = code === "ECONNRESET" || code === "EPIPE";
  const repeatable = body === null || body instanceof Uint8Array;
  return request.reusedSocket && closed && repeatable ? new StaleConnection(error) : error;
}

function responseOf(message: IncomingMessage, method: string): Response {
  const { statusCode: status = 0, statusMessage: statusText = "", rawHeaders } = message;
  const headers = new Headers();
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) headers.append(rawHeaders[at] ?? "", rawHeaders[at + 1] ?? "");
  if (method === "HEAD" || BODILESS.has(status)) {
    message.resume();
    return new Response(null, { status, statusText, headers });
  }
  const broken = (): Error => new Error("The connection was closed before the answer was complete.");
  return new Response(bodyOf(message, { broken }), { status, statusText, headers });
}

function reasonOf(signal: AbortSignal): Error {
  return asError(signal.reason);
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
