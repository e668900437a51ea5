import type { Clock } from "../core/clock.ts";
import type { AccessRecord, Connection, Exchange } from "../core/exchange.ts";
import { normalizeHost } from "./host-index.ts";
import { normalizePath } from "./normalize-path.ts";
import { BufferedBody } from "./request-body.ts";

/** What a client may choose as its own request id: what fits in a log and a header without quoting. */
const REQUEST_ID = /^[A-Za-z0-9._:/+=-]{1,128}$/;

/** Who is told of a request's way: once at most each. */
export interface ExchangeWatcher {
  /** Its end is not its response's: a stream began. */
  held(): void;
  over(exchange: LiveExchange): void;
}

/** One request under way. */
export class LiveExchange implements Exchange {
  readonly id: string;
  request: Request;
  readonly body: BufferedBody;
  readonly connection: Connection;
  host: string;
  path: string;
  search: string;
  readonly record: AccessRecord;
  readonly #watcher: ExchangeWatcher;
  chat: Exchange["chat"];
  upstreamOverride: Exchange["upstreamOverride"];
  #ended = false;
  #held = false;
  /** How many have taken over the end, and not come to it. */
  #holds = 0;
  #returned = false;
  #whenOver: (() => void) | undefined;

  constructor(request: Request, connection: Connection, clock: Clock, watcher: ExchangeWatcher) {
    const target = targetOf(request.url);
    const given = request.headers.get("x-request-id");
    this.id = given !== null && REQUEST_ID.test(given) ? given : crypto.randomUUID();
    this.request = request;
    const declared = Number(request.headers.get("content-length") ?? 0) || 0;
    this.body = new BufferedBody(request, declared);
    this.connection = connection;
    this.host = target.host;
    this.path = target.path;
    this.search = target.search;
    this.#watcher = watcher;
    this.record = {
      id: this.id,
      time: clock.now(),
      startedAt: clock.monotonic(),
      method: request.method,
      host: this.host,
      path: this.path,
      status: 0,
      requestBytes: declared,
      responseBytes: 0,
      losses: [],
      attempts: [],
    };
  }

  /** Made by the runtime when it is first asked for, which most requests never do; it knows then if the client has gone already. */
  get signal(): AbortSignal {
    return this.request.signal;
  }

  /** Somebody has taken over the end: it does not come with the response. */
  get held(): boolean {
    return this.#held;
  }

  hold(): () => void {
    if (!this.#held) this.#watcher.held();
    this.#held = true;
    this.#holds++;
    let holding = true;
    return () => {
      if (!holding) return;
      holding = false;
      this.#holds--;
      this.#end();
    };
  }

  /** The response is on its way. */
  returned(): void {
    this.#returned = true;
    this.#end();
  }

  replaceBody(bytes: Uint8Array<ArrayBuffer>): void {
    this.body.replace(bytes);
    this.request.headers.set("content-length", String(bytes.byteLength));
  }

  whenOver(run: () => void): void {
    this.#whenOver = run;
  }

  #end(): void {
    if (this.#ended || !this.#returned || this.#holds > 0) return;
    this.#ended = true;
    this.connection.rest?.();
    this.#whenOver?.();
    this.#watcher.over(this);
  }
}

/** The parts of an absolute URL that routing needs; `new URL` would cost more than the whole route look-up. */
function targetOf(url: string): { host: string; path: string; search: string } {
  const authority = url.indexOf("//") + 2;
  let slash = url.indexOf("/", authority);
  if (slash < 0) slash = url.length;
  const query = url.indexOf("?", slash);
  const path = query < 0 ? url.slice(slash) : url.slice(slash, query);
  return {
    host: normalizeHost(url.slice(authority, slash)),
    path: normalizePath(path === "" ? "/" : path),
    search: query < 0 ? "" : url.slice(query),
  };
}
