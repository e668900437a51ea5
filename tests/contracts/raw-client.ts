import { connect } from "node:net";
import type { Socket } from "node:net";
import { connect as connectSecurely } from "node:tls";

/** Where a server is on this machine; `secure`: it speaks TLS, and its certificate does not matter. */
export interface Address {
  readonly port: number;
  readonly secure: boolean;
}

/** An answer as it came over the wire; `body` without its chunk lines. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** An HTTP/1.1 client that does exactly what it is told, bad manners included. Text is Latin-1: one character a byte. */
export class RawClient {
  readonly socket: Socket;
  /** Everything received and not yet taken. */
  received = "";
  over = false;
  #wake: () => void = () => undefined;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding("latin1");
    socket.on("data", (text: string) => {
      this.received += text;
      this.#wake();
    });
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      this.over = true;
      this.#wake();
    });
  }

  static async open({ port, secure }: Address): Promise<RawClient> {
    const to = { port, host: "127.0.0.1" };
    const socket = secure ? connectSecurely({ ...to, rejectUnauthorized: false }) : connect(to);
    await new Promise<void>((resolve, reject) => {
      socket.once(secure ? "secureConnect" : "connect", () => resolve());
      socket.once("error", reject);
    });
    return new RawClient(socket);
  }

  /** On a connection that is open. */
  static on(socket: Socket): RawClient {
    return new RawClient(socket);
  }

  /** Resolves when the bytes are handed to the system. */
  send(data: string | Uint8Array): Promise<void> {
    return new Promise((resolve) =>
      this.socket.write(typeof data === "string" ? Buffer.from(data, "latin1") : data, () => resolve()),
    );
  }

  request(method: string, path: string, body?: string, headers = ""): Promise<void> {
    const length = body === undefined ? "" : `Content-Length: ${body.length}\r\n`;
    return this.send(`${method} ${path} HTTP/1.1\r\nHost: sluice.test\r\n${length}${headers}\r\n${body ?? ""}`);
  }

  /** Waits until `look` finds what it looks for in what was received; undefined when the connection ended before. */
  async until<T>(look: (received: string) => T | undefined): Promise<T | undefined> {
    for (;;) {
      const found = look(this.received);
      if (found !== undefined || this.over) return found;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  ended(): Promise<unknown> {
    return this.until(() => undefined);
  }

  /** The next whole answer, taken off the buffer. Throws when the connection ends before it is whole. */
  async answer(method = "GET"): Promise<RawAnswer> {
    const answer = await this.until((received) => parsed(received, method));
    if (answer === undefined)
      throw new Error(`the connection ended in the middle of an answer: ${this.received.slice(0, 200)}`);
    this.received = this.received.slice(answer.size);
    return answer;
  }
}

/** One answer on a connection of its own. */
export async function ask(at: Address, method: string, path: string, body?: string, headers = ""): Promise<RawAnswer> {
  const client = await RawClient.open(at);
  await client.request(method, path, body, headers);
  const answer = await client.answer(method);
  client.socket.destroy();
  return answer;
}

function parsed(text: string, method: string): (RawAnswer & { size: number }) | undefined {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const [first = "", ...lines] = text.slice(0, end).split("\r\n");
  const headers = new Map(
    lines.map((line): [string, string] => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const status = Number(first.split(" ")[1]);
  const head = { status, headers };
  if (method === "HEAD" || status === 204 || status === 101) return { ...head, body: "", size: end + 4 };
  if (headers.get("transfer-encoding") === "chunked") {
    const body = unchunked(text, end + 4);
    return body === undefined ? undefined : { ...head, ...body };
  }
  const size = end + 4 + Number(headers.get("content-length") ?? 0);
  return text.length < size ? undefined : { ...head, body: text.slice(end + 4, size), size };
}

function unchunked(text: string, from: number): { body: string; size: number } | undefined {
  const parts: string[] = [];
  for (let at = from; ;) {
    const line = text.indexOf("\r\n", at);
    if (line < 0) return undefined;
    const length = Number.parseInt(text.slice(at, line), 16);
    if (text.length < line + 2 + length + 2) return undefined;
    if (length === 0) return { body: parts.join(""), size: line + 4 };
    parts.push(text.slice(line + 2, line + 2 + length));
    at = line + 2 + length + 2;
  }
}
