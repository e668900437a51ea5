import type { Call, CallRoute } from "#src/core/plugin.ts";
import type { AccessRecord, Connection } from "#src/core/exchange.ts";
import { type Header, HeaderList } from "#src/core/header-list.ts";

/** What a fake call is made of; everything has a default. */
export interface FakeCallOptions {
  readonly method?: string;
  /** Absolute, or a path with its query on `example.com`. */
  readonly url?: string;
  readonly headers?: Readonly<Record<string, string>> | readonly Header[];
  readonly remoteAddress?: string;
  readonly secure?: boolean;
  readonly route?: Partial<CallRoute>;
  readonly consumer?: string;
  readonly record?: Partial<AccessRecord>;
  readonly hasBody?: boolean;
}

/** A call for tests, which keeps what it is told. */
export interface FakeCall extends Call {
  readonly reroutes: number;
  readonly override: string | undefined;
  readonly properties: ReadonlyMap<string, string>;
  /** The upstream has answered. */
  answer(status: number, headers?: Readonly<Record<string, string>> | readonly Header[]): void;
}

/** Headers from a record, or from lines where a name comes more than once. */
function headerList(lines: FakeCallOptions["headers"] = {}): HeaderList {
  const headers = new HeaderList();
  const each: Iterable<Header> = Symbol.iterator in lines ? lines : Object.entries(lines);
  for (const [name, value] of each) headers.append(name.toLowerCase(), value);
  return headers;
}

/** A request at the door of its plugins. */
export function fakeCall(options: FakeCallOptions = {}): FakeCall {
  const url = new URL(options.url ?? "/", "http://example.com");
  const headers = headerList(options.headers);
  if (!headers.has("host")) headers.set("host", url.host);
  const connection: Pick<Connection, "remoteAddress" | "secure"> = {
    ...(options.remoteAddress === undefined ? {} : { remoteAddress: options.remoteAddress }),
    secure: options.secure ?? url.protocol === "https:",
  };
  const request = {
    method: options.method ?? "GET",
    host: url.hostname,
    path: url.pathname,
    search: url.search,
    headers,
    ...(options.hasBody === undefined ? {} : { hasBody: options.hasBody }),
  };
  return new Fake(options, request, connection);
}

class Fake implements FakeCall {
  readonly id = "call-1";
  readonly signal: AbortSignal = new AbortController().signal;
  readonly properties: Map<string, string> = new Map();
  readonly request: Call["request"];
  readonly connection: Call["connection"];
  readonly route: CallRoute;
  readonly record: AccessRecord;
  response: Call["response"];
  consumer: string | undefined;
  reroutes = 0;
  override: string | undefined;

  constructor(options: FakeCallOptions, request: Call["request"], connection: Call["connection"]) {
    this.request = request;
    this.connection = connection;
    this.route = { name: "route", ai: false, mcp: false, services: [], ...options.route };
    this.consumer = options.consumer;
    this.record = {
      id: this.id,
      time: 0,
      startedAt: 0,
      method: request.method,
      host: request.host,
      path: request.path,
      status: 0,
      requestBytes: 0,
      responseBytes: 0,
      losses: [],
      attempts: [],
      ...options.record,
    };
  }

  property(path: string): string | undefined {
    return this.properties.get(path);
  }

  setProperty(path: string, value: string | undefined): void {
    if (value === undefined) this.properties.delete(path);
    else this.properties.set(path, value);
  }

  reroute(): void {
    this.reroutes += 1;
  }

  overrideUpstream(address: string): void {
    this.override = address;
  }

  answer(status: number, headers: FakeCallOptions["headers"] = {}): void {
    this.response = { status, headers: headerList(headers) };
  }
}
