import type { Json } from "../../core/json.ts";
import type { Asking } from "./host-proxy.ts";
import type { AnswerMessage, Edit, QuestionMessage } from "./messages.ts";
import { readAnswer, writeFrame } from "./standing-still.ts";
import { readError, type Sent } from "./wire-values.ts";

/** Whose question it is. */
interface Asker {
  readonly config: number;
  readonly request?: number;
  readonly edits: readonly Edit[];
}

/** In the process: asks the gateway, and gets its answers to those who wait. */
export class GatewayAsking {
  readonly #waiting = new Map<number, PromiseWithResolvers<Sent>>();
  #next = 1;

  /** For one configuration's host. */
  of(config: number): Asking {
    const asker = { config, edits: [] };
    return {
      sync: (method, args, blobs = []) => this.#sync(asker, method, args, blobs),
      async: (method, args, blobs = []) => {
        const id = this.#next++;
        const waiting = Promise.withResolvers<Sent>();
        this.#waiting.set(id, waiting);
        this.#say({ ...asker, id, sync: false, method, args: args as Json[] }, blobs);
        return waiting.promise;
      },
      tell: (method, args) => this.#say({ ...asker, sync: false, method, args: args as Json[] }, []),
    };
  }

  /** A property of a request. */
  property(asker: Asker, path: string): string | undefined {
    const { value } = this.#sync(asker, "property", [path], []);
    return typeof value === "string" ? value : undefined;
  }

  answered(message: AnswerMessage, blobs: readonly Uint8Array<ArrayBuffer>[]): void {
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if ("error" in message) waiting?.reject(readError(message.error));
    else waiting?.resolve({ value: message.value, blobs });
  }

  #sync(asker: Asker, method: string, args: readonly unknown[], blobs: readonly Uint8Array[]): Sent {
    this.#say({ ...asker, id: this.#next++, sync: true, method, args: args as Json[] }, blobs);
    const { json, blobs: answered } = readAnswer();
    const message = json as unknown as AnswerMessage;
    if ("error" in message) throw readError(message.error);
    return { value: message.value, blobs: answered };
  }

  #say(question: Omit<QuestionMessage, "kind">, blobs: readonly Uint8Array[]): void {
    writeFrame({ json: { kind: "ask", ...question }, blobs });
  }
}
