import { HeaderList } from "../../core/header-list.ts";
import type { Call, CallHeaders, CallRequest, CallResponse } from "../../core/plugin.ts";
import type { CallSnapshot, Edit } from "./messages.ts";

/** In the process: asks the gateway for a property of the request, which is told first what was changed. */
export type AskProperty = (path: string) => string | undefined;

/** In the process: one request for the time of one hook. What the plugin changes is seen here, and noted for the gateway. */
export class CallMirror implements Call {
  readonly id: string;
  readonly request: CallRequest;
  readonly response: CallResponse | undefined;
  readonly route: Call["route"];
  readonly connection: Call["connection"];
  readonly record: Call["record"];
  readonly signal: AbortSignal;
  readonly #ask: AskProperty;
  #consumer: string | undefined;
  #edits: Edit[] = [];

  constructor(snapshot: CallSnapshot, signal: AbortSignal, ask: AskProperty) {
    const note = (edit: Edit): void => void this.#edits.push(edit);
    this.id = snapshot.id;
    this.request = new MirroredRequest(snapshot.request, note);
    this.response = snapshot.response === undefined ? undefined : new MirroredResponse(snapshot.response, note);
    this.route = snapshot.route;
    this.connection = snapshot.connection;
    this.record = snapshot.record;
    this.signal = signal;
    this.#consumer = snapshot.consumer;
    this.#ask = ask;
  }

  get consumer(): string | undefined {
    return this.#consumer;
  }

  set consumer(name: string | undefined) {
    this.#consumer = name;
    this.#edits.push(["consumer", name ?? ""]);
  }

  property(path: string): string | undefined {
    return this.#ask(path);
  }

  setProperty(path: string, value: string | undefined): void {
    this.#edits.push(["property", path, value ?? null]);
  }

  reroute(): void {
    this.#edits.push(["reroute", ""]);
  }

  overrideUpstream(address: string): void {
    this.#edits.push(["overrideUpstream", address]);
  }

  /** What was changed since it was last taken. */
  takeEdits(): readonly Edit[] {
    const edits = this.#edits;
    this.#edits = [];
    return edits;
  }
}

type Note = (edit: Edit) => void;

class MirroredRequest implements CallRequest {
  readonly headers: CallHeaders;
  readonly hasBody?: boolean;
  readonly #note: Note;
  #method: string;
  #host: string;
  #path: string;
  #search: string;

  constructor({ method, host, path, search, headers, hasBody }: CallSnapshot["request"], note: Note) {
    this.#method = method;
    this.#host = host;
    this.#path = path;
    this.#search = search;
    this.headers = mirroredHeaders("request", headers, note);
    if (hasBody !== undefined) this.hasBody = hasBody;
    this.#note = note;
  }

  get method(): string {
    return this.#method;
  }

  set method(value: string) {
    this.#method = value;
    this.#note(["request.method", value]);
  }

  get host(): string {
    return this.#host;
  }

  set host(value: string) {
    this.#host = value;
    this.#note(["request.host", value]);
  }

  get path(): string {
    return this.#path;
  }

  set path(value: string) {
    this.#path = value;
    this.#note(["request.path", value]);
  }

  get search(): string {
    return this.#search;
  }

  set search(value: string) {
    this.#search = value;
    this.#note(["request.search", value]);
  }
}

class MirroredResponse implements CallResponse {
  readonly headers: CallHeaders;
  readonly #note: Note;
  #status: number;

  constructor({ status, headers }: NonNullable<CallSnapshot["response"]>, note: Note) {
    this.#status = status;
    this.headers = mirroredHeaders("response", headers, note);
    this.#note = note;
  }

  get status(): number {
    return this.#status;
  }

  set status(value: number) {
    this.#status = value;
    this.#note(["response.status", String(value)]);
  }
}

function mirroredHeaders(
  of: "request" | "response",
  given: readonly (readonly [string, string])[],
  note: Note,
): CallHeaders {
  const list = new HeaderList();
  for (const [name, value] of given) list.append(name, value);
  return {
    get: (name) => list.get(name),
    has: (name) => list.has(name),
    forEach: (each) => list.forEach(each),
    set(name, value) {
      list.set(name, value);
      note([`${of}.headers.set`, name, value]);
    },
    append(name, value) {
      list.append(name, value);
      note([`${of}.headers.append`, name, value]);
    },
    delete(name) {
      list.delete(name);
      note([`${of}.headers.delete`, name]);
    },
  };
}
