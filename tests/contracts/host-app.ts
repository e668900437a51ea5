import type { Connection, WebSocketBridge, WebSocketPeer } from "../../src/core/exchange.ts";
import type { ListenOptions } from "../../src/core/host.ts";

/** What a host must tell of one request, named by the `id` of its query. */
export interface Story {
  begun: boolean;
  /** `request.signal` aborted. */
  aborted: boolean;
  /** The response's body was cancelled. */
  cancelled: boolean;
  /** Bytes asked of the response's body. */
  produced: number;
  /** The WebSocket's end: its code and reason. */
  closed: string;
}

type Handler = (request: Request, url: URL, connection: Connection) => Response | Promise<Response>;

const CHUNK = new Uint8Array(64 * 1024).fill(120);

/** A small server that tells what happened to its requests; the same on every host, driven over HTTP by the contract suite. */
export function hostApp(): ListenOptions["handle"] {
  const stories = new Map<string, Story>();
  const releases = new Map<string, () => void>();
  const watchers = new Set<() => void>();

  const storyOf = (url: URL): Story => {
    const id = url.searchParams.get("id") ?? "";
    const story = stories.get(id) ?? { begun: false, aborted: false, cancelled: false, produced: 0, closed: "" };
    stories.set(id, story);
    return story;
  };
  const changed = (): void => {
    for (const watcher of watchers) watcher();
  };
  const begin = (request: Request, url: URL): Story => {
    const story = storyOf(url);
    story.begun = true;
    request.signal.addEventListener("abort", () => {
      story.aborted = true;
      changed();
    });
    changed();
    return story;
  };
  const released = (url: URL): Promise<void> =>
    new Promise((resolve) => releases.set(url.searchParams.get("id") ?? "", resolve));

  const streamed = (
    story: Story,
    pull: (give: (chunk: Uint8Array | undefined) => void) => Promise<void> | void,
  ): Response => {
    const body = new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          await pull((chunk) => {
            if (chunk === undefined) return controller.close();
            story.produced += chunk.length;
            controller.enqueue(chunk);
          });
        },
        cancel() {
          story.cancelled = true;
          changed();
        },
      },
      { highWaterMark: 0 },
    );
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  };

  const handlers: Record<string, Handler> = {
    async "/echo"(request, url, connection) {
      begin(request, url);
      const body = await request.text();
      const { secure, remoteAddress } = connection;
      return Response.json({
        method: request.method,
        target: url.pathname + url.search,
        headers: Object.fromEntries(request.headers),
        size: body.length,
        body: body.slice(0, 100),
        secure,
        remoteAddress,
      });
    },
    "/unread": () => new Response("not read"),
    "/partly-read": async (request) => {
      await request.body?.getReader().read();
      return new Response("partly read");
    },
    "/none": () => new Response(null, { status: 204 }),
    "/teapot": () =>
      new Response("short", {
        status: 418,
        headers: [
          ["x-one", "1"],
          ["set-cookie", "a=1"],
          ["set-cookie", "b=2"],
        ],
      }),
    "/throws": () => Promise.reject(new Error("secret detail")),
    async "/hold"(request, url) {
      begin(request, url);
      await request.arrayBuffer().catch(() => undefined);
      await released(url);
      return new Response("released");
    },
    "/quiet"(request, url) {
      const story = begin(request, url);
      let turn = 0;
      return streamed(story, async (give) => {
        if (turn++ > 0) await released(url);
        give(turn === 3 ? undefined : new TextEncoder().encode(`data: ${turn}\n\n`));
      });
    },
    "/endless"(request, url) {
      const story = begin(request, url);
      let left = Number(url.searchParams.get("chunks"));
      return streamed(story, (give) => give(left-- > 0 ? CHUNK : undefined));
    },
    "/fails"(request, url) {
      let turn = 0;
      return streamed(begin(request, url), (give) => {
        if (turn++ > 0) throw new Error("the upstream failed");
        give(new TextEncoder().encode("partial"));
      });
    },
    "/release"(_, url) {
      const id = url.searchParams.get("id") ?? "";
      releases.get(id)?.();
      return new Response(String(releases.delete(id)));
    },
    "/story": (_, url) => Response.json(storyOf(url)),
    /** Answers when the story's `field` is as wanted. */
    "/when"(request, url) {
      const story = storyOf(url);
      const field = url.searchParams.get("field") as keyof Story;
      return new Promise((resolve) => {
        const look = (): void => {
          if (story[field] === false || story[field] === "") return;
          watchers.delete(look);
          resolve(Response.json(story));
        };
        request.signal.addEventListener("abort", () => watchers.delete(look));
        watchers.add(look);
        look();
      });
    },
    "/socket"(_, url, connection) {
      const story = storyOf(url);
      return connection.upgrade?.(echoing(story, changed)) ?? new Response("no upgrade", { status: 426 });
    },
    "/refused": () => new Response("refused", { status: 403 }),
  };

  return (request, connection) => {
    const url = new URL(request.url);
    return handlers[url.pathname]?.(request, url, connection) ?? new Response("no such path", { status: 404 });
  };
}

/** Echoes; `close:CODE:REASON` makes the server close. */
function echoing(story: Story, changed: () => void): WebSocketBridge {
  let client: WebSocketPeer | undefined;
  return {
    protocol: "chat",
    open(peer) {
      client = peer;
      peer.send("hello");
    },
    message(data) {
      const [command, code, reason] = typeof data === "string" ? data.split(":") : [];
      if (command === "close") client?.close(Number(code), reason ?? "");
      else client?.send(data);
    },
    drain: () => undefined,
    close(code, reason) {
      story.closed = `${code} ${reason}`;
      changed();
    },
  };
}
