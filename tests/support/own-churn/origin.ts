/** Answers each request with its port and path; `/stream` with an event every so often, numbered, until the client goes. */
export class ChurnOrigin implements AsyncDisposable {
  readonly #server: Bun.Server<undefined>;

  constructor(interval: number) {
    this.#server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      idleTimeout: 0,
      fetch: (request) => {
        const { pathname } = new URL(request.url);
        if (!pathname.endsWith("/stream")) return new Response("ok", { headers: { "x-backend": String(this.port) } });
        return new Response(events(interval), { headers: { "content-type": "text/event-stream" } });
      },
    });
  }

  get port(): number {
    return this.#server.port ?? 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.stop(true);
  }
}

function events(interval: number): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let count = 0;
  let timer: ReturnType<typeof setInterval>;
  return new ReadableStream({
    start(controller) {
      const tick = (): void => controller.enqueue(encoder.encode(`data: ${count++}\n\n`));
      tick();
      timer = setInterval(tick, interval);
    },
    cancel: () => clearInterval(timer),
  });
}
