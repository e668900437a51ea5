import { AsyncLocalStorage } from "node:async_hooks";
import { isObject, type Json, type JsonObject } from "#src/core/json.ts";
import type { RequestId } from "#src/core/mcp/messages.ts";
import { LinkLost, type LinkEvents, type MessageLink } from "../remote/message-link.ts";
import { isId } from "../remote/rpc-message.ts";
import type { SdkServer, SdkTransport } from "./sdk-server.ts";

/** A link to a server within this process. */
export class MemoryLink implements MessageLink {
  readonly relates = true;
  readonly #server: SdkServer;
  readonly #transport: SdkTransport;
  /** The request in whose course the server's code runs. */
  readonly #current = new AsyncLocalStorage<RequestId>();
  #events: LinkEvents | undefined;
  #closed = false;

  private constructor(server: SdkServer) {
    this.#server = server;
    this.#transport = {
      async start() {},
      send: async (message, options) => this.#said(message, options?.relatedRequestId),
      close: async () => this.#gone(),
    };
  }

  static async to(server: SdkServer): Promise<MemoryLink> {
    const link = new MemoryLink(server);
    await server.connect(link.#transport);
    return link;
  }

  start(events: LinkEvents): void {
    this.#events = events;
  }

  async send(message: JsonObject): Promise<void> {
    if (this.#closed) throw new LinkLost("The server is closed.", { received: false });
    const { id } = message;
    // A copy: either side may do with it what it likes.
    const copy = structuredClone(message);
    const receive = (): void => this.#transport.onmessage?.(copy);
    if (isId(id) && "method" in message) this.#current.run(id, receive);
    else this.#current.exit(receive);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#server.close();
  }

  #said(message: unknown, related: RequestId | undefined): void {
    if (this.#closed) return;
    // As it would look after a journey: no undefined, no dates.
    const copy = JSON.parse(JSON.stringify(message)) as Json;
    const about = related ?? this.#current.getStore();
    if (isObject(copy)) queueMicrotask(() => this.#events?.message(copy, about));
  }

  /** The server has closed the connection itself. */
  #gone(): void {
    this.#transport.onclose?.();
    if (this.#closed) return;
    this.#closed = true;
    this.#events?.closed(new LinkLost("The server has closed the connection.", { received: true }));
  }
}
