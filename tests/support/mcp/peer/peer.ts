import { isObject, type JsonObject } from "#src/core/json.ts";
import { within } from "#tests/support/until.ts";

/** How a call is made. */
export interface PeerCallOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: number) => void;
}

/** An SDK's client, whatever its era, as tests use it. */
export interface Peer extends AsyncDisposable {
  /** What the client was told outside of answers. */
  readonly told: Told;
  /** The protocol version that was agreed on. */
  readonly version: string | undefined;
  readonly server: { readonly name: string } | undefined;
  listTools(): Promise<JsonObject[]>;
  callTool(name: string, args?: JsonObject, options?: PeerCallOptions): Promise<JsonObject>;
  listResources(): Promise<JsonObject[]>;
  listTemplates(): Promise<JsonObject[]>;
  readResource(uri: string): Promise<JsonObject[]>;
  listPrompts(): Promise<JsonObject[]>;
  getPrompt(name: string, args?: Readonly<Record<string, string>>): Promise<JsonObject[]>;
  complete(prompt: string, argument: string, value: string): Promise<string[]>;
  /** Asks for log messages of at least this level. */
  setLogLevel(level: "debug" | "info" | "warning"): Promise<void>;
  /** From its resolving on, changes of the lists and of this resource are told. */
  watch(uri: string): Promise<void>;
}

/** What the client of every peer says when it is asked. */
export const ANSWERS: Readonly<Record<string, JsonObject>> = {
  "sampling/createMessage": { model: "test", role: "assistant", content: { type: "text", text: "Paris" } },
  "elicitation/create": { action: "accept", content: { name: "Ada", username: "ada", email: "a@b.c", ok: true } },
  "roots/list": { roots: [{ uri: "file:///work", name: "work" }] },
};

/** The capabilities to go with the answers. */
export const CAPABILITIES = { sampling: {}, elicitation: {}, roots: {} };

/** A test that runs out of time takes the servers along, so this is less. */
const NOTIFIED_MS = 4000;

/** The notifications a client has got, in order. */
export class Told {
  readonly all: { readonly method: string; readonly params: JsonObject }[] = [];
  readonly #waiting = new Set<() => void>();

  add(method: string, params: JsonObject): void {
    this.all.push({ method, params });
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  of(method: string): JsonObject[] {
    return this.all.filter((one) => one.method === method).map(({ params }) => params);
  }

  /** The first notification of this method. */
  first(method: string): Promise<JsonObject> {
    const find = async (): Promise<JsonObject> => {
      for (;;) {
        const [first] = this.of(method);
        if (first !== undefined) return first;
        await new Promise<void>((resolve) => this.#waiting.add(resolve));
      }
    };
    return within(`a notification ${method}`, find(), NOTIFIED_MS);
  }
}

/** What came from the wire as JSON; empty when it is no object. */
export function object(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

export function objects(values: readonly unknown[]): JsonObject[] {
  return values.map(object);
}
