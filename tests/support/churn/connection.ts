import { connect, type Socket } from "node:net";
import { connect as connectTls, TLSSocket } from "node:tls";

/** An answer of HTTP/1.1. */
export interface Answer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Where to connect to, on loopback. */
export interface Target {
  readonly port: number;
  /** For TLS: the name that is asked for; what certificate is shown does not matter. */
  readonly serverName?: string;
}

/** One connection, which is kept and on which nothing is tried twice: whatever goes wrong is seen. One request at a time. */
export class Connection {
  readonly #socket: Socket;
  readonly #opened = Promise.withResolvers<void>();
  #certificate = { fingerprint: "", issuer: "" };
  #received = "";
  #closed: string | undefined;
  #wake: () => void = () => {};

  constructor({ port, serverName }: Target) {
    const at = { host: "127.0.0.1", port };
    this.#socket =
      serverName === undefined
        ? connect(at)
        : connectTls({ ...at, servername: serverName, rejectUnauthorized: false, ALPNProtocols: ["http/1.1"] });
    this.#socket.setNoDelay(true);
    this.#socket.once(serverName === undefined ? "connect" : "secureConnect", () => {
      if (this.#socket instanceof TLSSocket) {
        const { fingerprint256: fingerprint, issuer } = this.#socket.getPeerCertificate();
        this.#certificate = { fingerprint, issuer: String(issuer.CN) };
      }
      this.#opened.resolve();
    });
    this.#socket.on("data", (bytes: Buffer) => {
      this.#received += bytes.toString("latin1");
      this.#wake();
    });
    this.#socket.on("error", (error) => this.#end(error.message));
    this.#socket.on("close", () => this.#end("the connection was closed"));
    this.#opened.promise.catch(() => {});
  }

  /** Resolves once it is connected, in TLS once that is agreed upon; rejects when it cannot be. */
  get opened(): Promise<void> {
    return this.#opened.promise;
  }

  /** Why no more can be asked; undefined while it can. */
  get closed(): string | undefined {
    return this.#closed;
  }

  /** The certificate that was shown: its SHA-256 fingerprint, and the common name of who issued it. */
  get certificate(): { readonly fingerprint: string; readonly issuer: string } {
    return this.#certificate;
  }

  /** Rejects when no whole answer comes. */
  async ask(host: string, path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const lines = Object.entries({ host, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
    this.#socket.write(`GET ${path} HTTP/1.1\r\n${lines.join("")}\r\n`);
    const head = await this.#until("\r\n\r\n");
    const [first = "", ...rest] = head.split("\r\n");
    const fields = Object.fromEntries(
      rest.filter(Boolean).map((line): [string, string] => {
        const colon = line.indexOf(":");
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
      }),
    );
    const body = fields["transfer-encoding"] === "chunked" ? await this.#chunks() : await this.#take(lengthOf(fields));
    return { status: Number(first.split(" ")[1]), headers: fields, body };
  }

  /** Asks for a stream, whose chunks are read one by one. Rejects when it does not begin. */
  async stream(host: string, path: string): Promise<AsyncGenerator<string, void>> {
    this.#socket.write(`GET ${path} HTTP/1.1\r\nhost: ${host}\r\n\r\n`);
    const head = await this.#until("\r\n\r\n");
    if (!head.startsWith("HTTP/1.1 200")) throw new Error(`no stream: ${head}`);
    return this.#each();
  }

  close(): void {
    this.#socket.destroy();
  }

  async #chunks(): Promise<string> {
    let body = "";
    for await (const chunk of this.#each()) body += chunk;
    return body;
  }

  async *#each(): AsyncGenerator<string, void> {
    for (;;) {
      const length = Number.parseInt(await this.#until("\r\n"), 16);
      const chunk = await this.#take(length + 2);
      if (length === 0) return;
      yield chunk.slice(0, length);
    }
  }

  /** What comes before a text, which is taken as well. */
  async #until(text: string): Promise<string> {
    for (;;) {
      const at = this.#received.indexOf(text);
      if (at >= 0) return (await this.#take(at + text.length)).slice(0, at);
      await this.#more();
    }
  }

  async #take(length: number): Promise<string> {
    while (this.#received.length < length) await this.#more();
    const taken = this.#received.slice(0, length);
    this.#received = this.#received.slice(length);
    return taken;
  }

  async #more(): Promise<void> {
    if (this.#closed !== undefined) throw new Error(this.#closed);
    await new Promise<void>((resolve) => (this.#wake = resolve));
  }

  #end(reason: string): void {
    this.#closed ??= reason;
    this.#opened.reject(new Error(this.#closed));
    this.#wake();
  }
}

function lengthOf({ "content-length": length = "0" }: Readonly<Record<string, string>>): number {
  return Number(length);
}
