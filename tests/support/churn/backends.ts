/** Two servers that say their names, and send numbered events for as long as they are asked to. */
export class Backends implements Disposable {
  readonly ports: { readonly a: number; readonly b: number };
  readonly #servers: readonly Bun.Server<undefined>[];
  readonly #streams = new Set<ReadableStreamDefaultController<Uint8Array>>();
  #events = 0;

  constructor() {
    const [a, b] = [this.#serve("a"), this.#serve("b")];
    this.#servers = [a, b];
    this.ports = { a: a.port ?? 0, b: b.port ?? 0 };
  }

  /** Sends one more event to all streams. */
  tick(): void {
    const bytes = new TextEncoder().encode(`data: ${this.#events++}\n\n`);
    for (const stream of this.#streams) stream.enqueue(bytes);
  }

  [Symbol.dispose](): void {
    for (const server of this.#servers) void server.stop(true);
  }

  #serve(name: string): Bun.Server<undefined> {
    return Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      idleTimeout: 0,
      fetch: ({ url }) => (url.endsWith("/events") ? this.#stream() : new Response(name)),
    });
  }

  #stream(): Response {
    let own: ReadableStreamDefaultController<Uint8Array> | undefined;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        own = controller;
        this.#streams.add(controller);
        // Headers go out with the first byte.
        controller.enqueue(new TextEncoder().encode(": hello\n\n"));
      },
      cancel: () => {
        if (own !== undefined) this.#streams.delete(own);
      },
    });
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  }
}
