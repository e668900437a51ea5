import type { Header } from "../../core/header-list.ts";
import type { Call, CallHeaders, CallRequest, CallResponse } from "../../core/plugin.ts";

/** Headers as guests see them: with HTTP/2's pseudo headers among them. Names are in lower case. */
export interface HeaderMap {
  get(name: string): string | undefined;
  pairs(): readonly Header[];
  /** How many there are. */
  readonly size: number;
  /** Undefined: guests may not change it. Writers throw a TypeError for what no header may be. */
  readonly edit: HeaderEdits | undefined;
}

/** What can be done to a header map. */
export interface HeaderEdits {
  set(name: string, value: string): void;
  append(name: string, value: string): void;
  delete(name: string): void;
}

/** Headers of an answer to a call-out, which stay as they are. */
export function fixedHeaders(headers: readonly Header[]): HeaderMap {
  return {
    get: (name) => headers.find(([other]) => other === name)?.[1],
    pairs: () => headers,
    size: headers.length,
    edit: undefined,
  };
}

/** No headers: trailers, which fetch does not show. */
export const NO_HEADERS: HeaderMap = fixedHeaders([]);

/** A pseudo header: how it is read from a message, and how it is written to it. */
interface Pseudo<Message> {
  read(message: Message): string;
  write?(message: Message, value: string): void;
}

const REQUEST_PSEUDO: ReadonlyMap<string, Pseudo<Call>> = new Map<string, Pseudo<Call>>([
  [
    ":authority",
    { read: ({ request }) => authorityOf(request), write: ({ request }, value) => setAuthority(request, value) },
  ],
  [
    ":path",
    { read: ({ request }) => request.path + request.search, write: ({ request }, value) => setPath(request, value) },
  ],
  [":method", { read: ({ request }) => request.method, write: ({ request }, value) => void (request.method = value) }],
  [":scheme", { read: ({ connection }) => (connection.secure ? "https" : "http") }],
]);

const RESPONSE_PSEUDO: ReadonlyMap<string, Pseudo<CallResponse>> = new Map<string, Pseudo<CallResponse>>([
  [":status", { read: ({ status }) => String(status), write: setStatus }],
]);

/** A request's headers. Envoy takes `host` for `:authority`. */
export function requestHeaders(call: Call): HeaderMap {
  const map = new MessageHeaders(call, REQUEST_PSEUDO, call.request.headers);
  return {
    get: (name) => map.get(named(name)),
    pairs: () => map.pairs().filter(([name]) => name !== "host"),
    get size(): number {
      return map.size - (call.request.headers.has("host") ? 1 : 0);
    },
    edit: {
      set: (name, value) => map.set(named(name), value),
      append: (name, value) => map.append(named(name), value),
      delete: (name) => map.delete(named(name)),
    },
  };
}

/** An answer's headers. */
export function responseHeaders(response: CallResponse): HeaderMap {
  const map = new MessageHeaders(response, RESPONSE_PSEUDO, response.headers);
  return {
    get: (name) => map.get(name),
    pairs: () => map.pairs(),
    get size(): number {
      return map.size;
    },
    edit: map,
  };
}

/**
 * Makes a message's headers those that are given. Pseudo headers that are not named stay: no message can be without. What is the same is
 * left alone: guests give all of them back to change one, and each write leaves JavaScript.
 */
export function replaceAll(map: HeaderMap, edit: HeaderEdits, headers: readonly Header[]): void {
  const before = byName(map.pairs());
  const after = byName(headers);
  for (const name of before.keys()) if (!name.startsWith(":") && !after.has(name)) edit.delete(name);
  for (const [name, values] of after) {
    if (sameValues(before.get(name), values)) continue;
    const [first = "", ...rest] = values;
    edit.set(name, first);
    for (const value of rest) edit.append(name, value);
  }
}

function byName(headers: readonly Header[]): ReadonlyMap<string, readonly string[]> {
  const values = new Map<string, string[]>();
  for (const [name, value] of headers) {
    const known = values.get(name);
    if (known === undefined) values.set(name, [value]);
    else known.push(value);
  }
  return values;
}

function sameValues(some: readonly string[] | undefined, others: readonly string[]): boolean {
  return some !== undefined && some.length === others.length && some.every((value, at) => value === others[at]);
}

class MessageHeaders<Message> implements HeaderEdits {
  readonly #message: Message;
  readonly #pseudo: ReadonlyMap<string, Pseudo<Message>>;
  readonly #headers: CallHeaders;

  constructor(message: Message, pseudo: ReadonlyMap<string, Pseudo<Message>>, headers: CallHeaders) {
    this.#message = message;
    this.#pseudo = pseudo;
    this.#headers = headers;
  }

  get(name: string): string | undefined {
    if (name.startsWith(":")) return this.#pseudo.get(name)?.read(this.#message);
    return this.#headers.get(name) ?? undefined;
  }

  get size(): number {
    return this.#pseudo.size + countOf(this.#headers);
  }

  pairs(): Header[] {
    const pairs: Header[] = [];
    for (const [name, pseudo] of this.#pseudo) pairs.push([name, pseudo.read(this.#message)]);
    this.#headers.forEach((value, name) => pairs.push([name, value]));
    return pairs;
  }

  set(name: string, value: string): void {
    if (name.startsWith(":")) this.#pseudo.get(name)?.write?.(this.#message, value);
    else this.#headers.set(name, value);
  }

  append(name: string, value: string): void {
    if (name.startsWith(":")) this.set(name, value);
    else this.#headers.append(name, value);
  }

  delete(name: string): void {
    if (!name.startsWith(":")) this.#headers.delete(name);
  }
}

/** Bun's own objects know; going through twenty of them would cost more than the rest of a callback. */
function countOf(headers: CallHeaders): number {
  if ("count" in headers && typeof headers.count === "number") return headers.count;
  let count = 0;
  headers.forEach(() => count++);
  return count;
}

function named(name: string): string {
  return name === "host" ? ":authority" : name;
}

function authorityOf({ headers, host }: CallRequest): string {
  return headers.get("host") ?? host;
}

function setAuthority(request: CallRequest, value: string): void {
  request.host = value;
}

function setPath(request: CallRequest, value: string): void {
  const query = value.indexOf("?");
  request.path = query < 0 ? value : value.slice(0, query);
  request.search = query < 0 ? "" : value.slice(query);
}

function setStatus(response: CallResponse, value: string): void {
  const status = Number(value);
  if (!Number.isInteger(status) || status < 200 || status > 599) throw new TypeError(`${value} is no status.`);
  response.status = status;
}
