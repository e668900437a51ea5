import { HeaderList } from "../../core/header-list.ts";
import type { Call, CallHeaders, CallRequest, CallResponse } from "../../core/plugin.ts";
import type { CallSnapshot, Edit } from "./messages.ts";

/** In the process: asks the gateway for a property of the request, which is told first what was changed. */
export type AskProperty = (path: string, edits: readonly Edit[]) => string | undefined;

/**
 * In the process: one request, from the first of its hooks to its end. What the plugin changes is seen here, and noted for the gateway; with each hook
 * comes how things stand.
 */
export class CallMirror implements Call {
  readonly request: MirroredRequest;
  readonly #response: MirroredResponse;
  readonly #ask: AskProperty;
  #snapshot: CallSnapshot;
  #signal: AbortSignal;
  #edits: Edit[] = [];

  constructor(snapshot: CallSnapshot, signal: AbortSignal, ask: AskProperty) {
    const note = (edit: Edit): void => void this.#edits.push(edit);
    this.request = new MirroredRequest(snapshot.request, note);
    this.#response = new MirroredResponse(note);
    this.#ask = ask;
    this.#snapshot = snapshot;
    this.#signal = signal;
    this.update(snapshot, signal);
  }

  /** Another hook is called, or the request is over. */
  update(snapshot: CallSnapshot, signal: AbortSignal): void {
    this.#snapshot = snapshot;
    this.#signal = signal;
    this.request.update(snapshot.request);
    if (snapshot.response !== undefined) this.#response.update(snapshot.response);
  }

  get id(): string {
    return this.#snapshot.id;
  }

  get response(): CallResponse | undefined {
    return this.#snapshot.response === undefined ? undefined : this.#response;
  }

  get route(): Call["route"] {
    return this.#snapshot.route;
  }

  get connection(): Call["connection"] {
    return this.#snapshot.connection;
  }

  get record(): Call["record"] {
    return this.#snapshot.record;
  }

  get signal(): AbortSignal {
    return this.#signal;
  }

  get consumer(): string | undefined {
    return this.#snapshot.consumer;
  }

  set consumer(name: string | undefined) {
    const { consumer: _, ...rest } = this.#snapshot;
    this.#snapshot = name === undefined ? rest : { ...rest, consumer: name };
    this.#edits.push(["consumer", name ?? ""]);
  }

  property(path: string): string | undefined {
    return this.#ask(path, this.takeEdits());
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
  readonly headers: MirroredHeaders;
  readonly #note: Note;
  #now: Omit<CallSnapshot["request"], "headers">;

  constructor(snapshot: CallSnapshot["request"], note: Note) {
    this.headers = new MirroredHeaders("request", note);
    this.#note = note;
    this.#now = snapshot;
  }

  update(snapshot: CallSnapshot["request"]): void {
    this.#now = snapshot;
    this.headers.update(snapshot.headers);
  }

  get hasBody(): boolean {
    // Who does not know is told that there may be one.
    return this.#now.hasBody ?? true;
  }

  get method(): string {
    return this.#now.method;
  }

  set method(method: string) {
    this.#now = { ...this.#now, method };
    this.#note(["request.method", method]);
  }

  get host(): string {
    return this.#now.host;
  }

  set host(host: string) {
    this.#now = { ...this.#now, host };
    this.#note(["request.host", host]);
  }

  get path(): string {
    return this.#now.path;
  }

  set path(path: string) {
    this.#now = { ...this.#now, path };
    this.#note(["request.path", path]);
  }

  get search(): string {
    return this.#now.search;
  }

  set search(search: string) {
    this.#now = { ...this.#now, search };
    this.#note(["request.search", search]);
  }
}

class MirroredResponse implements CallResponse {
  readonly headers: MirroredHeaders;
  readonly #note: Note;
  #status = 0;

  constructor(note: Note) {
    this.headers = new MirroredHeaders("response", note);
    this.#note = note;
  }

  update({ status, headers }: NonNullable<CallSnapshot["response"]>): void {
    this.#status = status;
    this.headers.update(headers);
  }

  get status(): number {
    return this.#status;
  }

  set status(value: number) {
    this.#status = value;
    this.#note(["response.status", String(value)]);
  }
}

class MirroredHeaders implements CallHeaders {
  readonly #of: "request" | "response";
  readonly #note: Note;
  #list = new HeaderList();

  constructor(of: "request" | "response", note: Note) {
    this.#of = of;
    this.#note = note;
  }

  update(lines: CallSnapshot["request"]["headers"]): void {
    this.#list = new HeaderList();
    for (const [name, value] of lines) this.#list.append(name, value);
  }

  get(name: string): string | null {
    return this.#list.get(name);
  }

  has(name: string): boolean {
    return this.#list.has(name);
  }

  forEach(each: (value: string, name: string) => void): void {
    this.#list.forEach(each);
  }

  set(name: string, value: string): void {
    this.#list.set(name, value);
    this.#note([`${this.#of}.headers.set`, name, value]);
  }

  append(name: string, value: string): void {
    this.#list.append(name, value);
    this.#note([`${this.#of}.headers.append`, name, value]);
  }

  delete(name: string): void {
    this.#list.delete(name);
    this.#note([`${this.#of}.headers.delete`, name]);
  }
}
