import { type ClientHttp2Session, type ClientHttp2Stream, connect, type OutgoingHttpHeaders } from "node:http2";

/** An answer, or as much of it as there is. */
export interface Http2Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** A request under way. */
export class Http2Asked {
  readonly stream: ClientHttp2Stream;
  #headers: Http2Answer["headers"] | undefined;
  #body = "";
  size = 0;
  #over = false;
  #wake: () => void = () => undefined;

  constructor(stream: ClientHttp2Stream) {
    this.stream = stream;
    stream.on("response", (headers) => {
      this.#headers = headers;
      this.#wake();
    });
    stream.on("data", (bytes: Uint8Array) => {
      this.size += bytes.length;
      if (this.size < 100_000) this.#body += new TextDecoder().decode(bytes);
      this.#wake();
    });
    stream.on("error", () => undefined);
    stream.on("close", () => {
      this.#over = true;
      this.#wake();
    });
  }

  get over(): boolean {
    return this.#over;
  }

  get body(): string {
    return this.#body;
  }

  /** Waits until what has come is as wanted, or nothing more will. */
  async until(seen: () => boolean): Promise<void> {
    while (!seen() && !this.#over) await new Promise<void>((resolve) => (this.#wake = resolve));
  }

  /** The answer's head. */
  async head(): Promise<Http2Answer["headers"]> {
    await this.until(() => this.#headers !== undefined);
    return this.#headers ?? {};
  }

  /** The whole answer. */
  async answer(): Promise<Http2Answer> {
    await this.until(() => false);
    const headers = this.#headers ?? {};
    return { status: Number(headers[":status"] ?? 0), headers, body: this.#body };
  }
}

/** One HTTP/2 session, over TLS unless it is said otherwise; the certificate does not matter. */
export class Http2Client {
  readonly session: ClientHttp2Session;
  goneAway = false;
  readonly closed: Promise<void>;

  private constructor(session: ClientHttp2Session) {
    this.session = session;
    session.on("error", () => undefined);
    session.on("goaway", () => (this.goneAway = true));
    this.closed = new Promise((resolve) => session.once("close", () => resolve()));
  }

  static async open(port: number, secure = true): Promise<Http2Client> {
    const session = secure
      ? connect(`https://127.0.0.1:${port}`, { rejectUnauthorized: false, servername: "a.test" })
      : connect(`http://127.0.0.1:${port}`);
    const client = new Http2Client(session);
    await new Promise<void>((resolve, reject) => {
      session.once("remoteSettings", () => resolve());
      session.once("error", reject);
    });
    return client;
  }

  /** Sends a request; with `body` undefined its stream is ended by the headers, with null it stays open. */
  ask(method: string, path: string, body?: string | null, headers: OutgoingHttpHeaders = {}): Http2Asked {
    const endStream = body === undefined;
    const named = { ":method": method, ":path": path, ":authority": "sluice.test", ...headers };
    const asked = new Http2Asked(this.session.request(named, { endStream }));
    if (typeof body === "string") asked.stream.end(body);
    return asked;
  }

  async answer(method: string, path: string, body?: string, headers?: OutgoingHttpHeaders): Promise<Http2Answer> {
    return this.ask(method, path, body, headers).answer();
  }
}
