import { Agent, type IncomingMessage, request } from "node:http";

/** An answer, with when it was asked for and when it was all there, in milliseconds. */
export interface Told {
  readonly status: number;
  readonly header: (name: string) => string | undefined;
  readonly begin: number;
  readonly end: number;
}

/** Connections that are kept. */
export class Client implements Disposable {
  readonly #agent = new Agent({ keepAlive: true });
  readonly #port: number;

  constructor(origin: string) {
    this.#port = Number(new URL(origin).port);
  }

  /** Rejects when there is no whole answer. */
  async ask(host: string, path: string): Promise<Told> {
    const begin = performance.now();
    const message = await this.#send(host, path);
    for await (const _ of message) continue;
    const header = (name: string): string | undefined => message.headers[name]?.toString();
    return { status: message.statusCode ?? 0, header, begin, end: performance.now() };
  }

  /** Reads a stream of numbered events until it is closed. */
  async stream(host: string, path: string): Promise<Stream> {
    const message = await this.#send(host, path);
    if (message.statusCode !== 200) throw new Error(`a stream was answered with ${message.statusCode}`);
    return new Stream(message);
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }

  #send(host: string, path: string): Promise<IncomingMessage> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const options = { agent: this.#agent, host: "127.0.0.1", port: this.#port, path, headers: { host } };
    request(options, resolve).on("error", reject).end();
    return promise;
  }
}

/** A stream that a client reads. */
export class Stream implements Disposable {
  readonly #message: IncomingMessage;
  #open = true;
  events = 0;
  /** It ended by itself, or an event is missing. */
  cut = false;

  constructor(message: IncomingMessage) {
    this.#message = message;
    let rest = "";
    message.setEncoding("utf8");
    message.on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) if (line.startsWith("data: ") && line !== `data: ${this.events++}`) this.cut = true;
    });
    const ended = (): void => {
      if (this.#open) this.cut = true;
    };
    message.on("end", ended).on("error", ended).on("close", ended);
  }

  [Symbol.dispose](): void {
    this.#open = false;
    this.#message.destroy();
  }
}
