import { createServer, type Server, type Socket } from "node:net";
import { createServer as createSecureServer } from "node:tls";
import { within } from "./until.ts";

/** A request as its bytes came, one character a byte. */
export interface RawRequest {
  readonly line: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** The server's end of one connection. */
export class RawPeer {
  readonly socket: Socket;
  /** Received and not yet taken, one character a byte. */
  received = "";
  readonly #closed = Promise.withResolvers<void>();
  #over = false;
  #wake: () => void = () => undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (bytes: Buffer) => {
      this.received += bytes.toString("latin1");
      this.#wake();
    });
    socket.on("error", () => socket.destroy());
    // Half a connection is of no use to the tests, but for those that make one.
    socket.on("end", () => socket.destroy());
    socket.on("close", () => {
      this.#over = true;
      this.#closed.resolve();
      this.#wake();
    });
  }

  /** Resolves when the connection is closed, whoever closed it. */
  get closed(): Promise<void> {
    return within("the connection's end", this.#closed.promise);
  }

  /** The next whole request, taken off what was received. */
  request(): Promise<RawRequest> {
    return within("a request", this.#request());
  }

  /** Resolves when the head of a request has come; takes nothing. */
  async head(): Promise<void> {
    await within(
      "a head",
      this.#until((text) => (text.includes("\r\n\r\n") ? true : undefined)),
    );
  }

  /** Writes bytes, or text of one character a byte; resolves when the system has taken them. */
  send(data: string | Uint8Array): Promise<void> {
    return new Promise((resolve) =>
      this.socket.write(typeof data === "string" ? Buffer.from(data, "latin1") : data, () => resolve()),
    );
  }

  /** Writes each byte by itself, in a turn of the event loop of its own. */
  async drip(text: string): Promise<void> {
    for (const byte of text) {
      await this.send(byte);
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  }

  /** Answers the next request with a body of known length. */
  async answer(body: string, headers = ""): Promise<RawRequest> {
    const request = await this.request();
    await this.send(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n${headers}\r\n${body}`);
    return request;
  }

  async #request(): Promise<RawRequest> {
    const found = await this.#until(requestOf);
    if (found === undefined) throw new Error("the connection ended before a request was whole");
    this.received = this.received.slice(found.size);
    return found;
  }

  async #until<T>(look: (received: string) => T | undefined): Promise<T | undefined> {
    for (;;) {
      const found = look(this.received);
      if (found !== undefined || this.#over) return found;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}

/** A TCP server on loopback whose bytes the test writes. */
export class RawServer {
  readonly origin: string;
  /** In the order in which they came. */
  readonly peers: RawPeer[];
  readonly #server: Server;
  readonly #arrivals: Arrivals;

  private constructor(server: Server, origin: string, arrivals: Arrivals) {
    this.#server = server;
    this.origin = origin;
    this.#arrivals = arrivals;
    this.peers = arrivals.peers;
  }

  static async start(given: { host?: string; tls?: { cert: string; key: string } } = {}): Promise<RawServer> {
    const { host = "127.0.0.1", tls } = given;
    const arrivals: Arrivals = { peers: [], waiting: [] };
    const accept = (socket: Socket): void => {
      const peer = new RawPeer(socket);
      arrivals.peers.push(peer);
      for (const told of arrivals.waiting.splice(0)) told();
    };
    const server = tls === undefined ? createServer({ allowHalfOpen: true }, accept) : createSecureServer(tls, accept);
    server.on("tlsClientError", () => {});
    await new Promise<void>((resolve) => server.listen(0, host, () => resolve()));
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("the server has no port");
    const name = host.includes(":") ? `[${host}]` : host;
    return new RawServer(server, `http${tls === undefined ? "" : "s"}://${name}:${address.port}`, arrivals);
  }

  /** The connection with this number, counted from 0. */
  peer(number: number): Promise<RawPeer> {
    const there = this.peers[number];
    if (there !== undefined) return Promise.resolve(there);
    const next = new Promise<void>((resolve) => this.#arrivals.waiting.push(resolve));
    return within(
      "a connection",
      next.then(() => this.peer(number)),
    );
  }

  close(): void {
    for (const peer of this.peers) peer.socket.destroy();
    this.#server.close();
  }
}

interface Arrivals {
  readonly peers: RawPeer[];
  readonly waiting: (() => void)[];
}

function requestOf(text: string): (RawRequest & { size: number }) | undefined {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const [line = "", ...lines] = text.slice(0, end).split("\r\n");
  const headers = new Map(
    lines.map((each): [string, string] => {
      const colon = each.indexOf(":");
      return [each.slice(0, colon).toLowerCase(), each.slice(colon + 1).trim()];
    }),
  );
  const size = end + 4 + Number(headers.get("content-length") ?? 0);
  return text.length < size ? undefined : { line, headers, body: text.slice(end + 4, size), size };
}
