import { gate } from "./gate.ts";
import { within } from "./until.ts";

type Data = string | Uint8Array;

/** How a socket was closed. */
export interface Closed {
  readonly code: number;
  readonly reason: string;
}

/** A WebSocket server that echoes, and does what it is told: `close 4001 bye`, `vanish`. */
export interface SocketBackend {
  readonly address: string;
  /** The handshakes, in the order they came. */
  readonly handshakes: { readonly url: string; readonly headers: Headers }[];
  /** How the next socket to close is closed. */
  nextClose(): Promise<Closed>;
  close(): Promise<void>;
}

/** Of the subprotocols offered, it takes `v2`. A path that ends in `/greeting` is greeted. */
export function startSocketBackend(): SocketBackend {
  const handshakes: SocketBackend["handshakes"] = [];
  const waiting: ((closed: Closed) => void)[] = [];
  const server = Bun.serve<{ readonly greeting: string | undefined }>({
    port: 0,
    hostname: "127.0.0.1",
    development: false,
    fetch(request, from) {
      handshakes.push({ url: request.url, headers: new Headers(request.headers) });
      const url = new URL(request.url);
      const offered = request.headers.get("sec-websocket-protocol")?.split(/, */) ?? [];
      const headers: Record<string, string> = offered.includes("v2") ? { "sec-websocket-protocol": "v2" } : {};
      const greeting = url.pathname.endsWith("/greeting") ? `hello ${url.searchParams.get("to")}` : undefined;
      return from.upgrade(request, { headers, data: { greeting } }) ? undefined : new Response("no", { status: 400 });
    },
    websocket: {
      open(socket) {
        if (socket.data.greeting !== undefined) socket.send(socket.data.greeting);
      },
      message(socket, data) {
        const [word, code, reason] = typeof data === "string" ? data.split(" ") : [];
        if (word === "close") socket.close(Number(code), reason);
        else if (word === "vanish") socket.terminate();
        else socket.send(data);
      },
      close(_, code, reason) {
        for (const told of waiting.splice(0)) told({ code, reason });
      },
    },
  });
  return {
    address: `127.0.0.1:${server.port}`,
    handshakes,
    nextClose: () => new Promise((resolve) => waiting.push(resolve)),
    close: () => server.stop(true),
  };
}

/** A client's socket with what came through it. */
export class Client {
  readonly socket: WebSocket;
  readonly closed: Promise<Closed>;
  readonly #inbox: Data[] = [];
  #arrived = gate();

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.binaryType = "arraybuffer";
    const { promise, resolve } = Promise.withResolvers<Closed>();
    this.closed = promise;
    socket.addEventListener("message", ({ data }: MessageEvent<string | ArrayBuffer>) => {
      this.#inbox.push(typeof data === "string" ? data : new Uint8Array(data));
      this.#arrived.open();
      this.#arrived = gate();
    });
    socket.addEventListener("close", ({ code, reason }) => resolve({ code, reason }));
    socket.addEventListener("error", () => {});
  }

  /** The next message. */
  async next(): Promise<Data> {
    for (;;) {
      const message = this.#inbox.shift();
      if (message !== undefined) return message;
      await within("a message", this.#arrived.opened);
    }
  }
}

/** The sockets a test opened. */
export class Sockets {
  readonly #open: WebSocket[] = [];

  /** Resolves when the socket is open, rejects when it was refused. */
  async open(url: string, protocols: string[] = [], headers: Record<string, string> = {}): Promise<Client> {
    const socket = new WebSocket(url, { protocols, headers });
    this.#open.push(socket);
    const client = new Client(socket);
    const opened = new Promise<void>((resolve) => socket.addEventListener("open", () => resolve()));
    const refused = client.closed.then(({ code }) => {
      throw new Error(`the socket was closed with ${code} before it was open`);
    });
    refused.catch(() => {});
    await within("the handshake", Promise.race([opened, refused]));
    return client;
  }

  closeAll(): void {
    for (const socket of this.#open.splice(0)) socket.terminate();
  }
}
