import { Connection, type Target } from "./connection.ts";

/** Who is asked for what. */
export interface LoadOptions {
  readonly target: Target;
  readonly clients: number;
  /** Hosts whose routes are there all the time; asked at random. */
  readonly hosts: readonly string[];
  readonly path: string;
  /** A number from 0 to below 1. */
  readonly random: () => number;
  /** Whether connections are kept; true when left out. */
  readonly keeps?: boolean;
  /** Waited for before each request. */
  readonly pause?: () => Promise<void>;
}

/** Clients that ask one thing after the other. */
export class Load {
  /** Each request that was not answered with 200, and why. */
  readonly failures: string[] = [];
  /** Connections that Envoy closed after an answer. */
  closed = 0;
  count = 0;
  readonly #options: LoadOptions;
  readonly #runs: readonly Promise<void>[];
  #stopped = false;

  constructor(options: LoadOptions) {
    this.#options = options;
    this.#runs = Array.from({ length: options.clients }, () => this.#run());
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#runs);
  }

  async #run(): Promise<void> {
    const { target, hosts, path, random, pause, keeps = true } = this.#options;
    let connection = new Connection(target);
    while (!this.#stopped) {
      await pause?.();
      const host = hosts[Math.floor(random() * hosts.length)] ?? "";
      try {
        await connection.opened;
        const { status, headers } = await connection.ask(host, path);
        if (status !== 200) this.failures.push(`${host} ${status}`);
        this.count++;
        if (headers["connection"] === "close") this.closed++;
        else if (keeps) continue;
      } catch (error) {
        this.failures.push(`${host} ${String(error)}`);
      }
      connection.close();
      connection = new Connection(target);
    }
    connection.close();
  }
}

/** Streams that stay open, whose events are numbered; a stream that breaks, or misses one, is told. */
export class Streams {
  readonly failures: string[] = [];
  /** How many events have come over each. */
  readonly counts: number[];
  readonly #connections: readonly Connection[];
  #stopped = false;

  private constructor(connections: readonly Connection[], streams: readonly AsyncGenerator<string, void>[]) {
    this.#connections = connections;
    this.counts = streams.map(() => 0);
    for (const [index, stream] of streams.entries()) void this.#follow(index, stream);
  }

  /** Resolves when all are open. */
  static async open(count: number, target: Target, host: string, path: string): Promise<Streams> {
    const connections = Array.from({ length: count }, () => new Connection(target));
    const streams = connections.map(async (connection) => {
      await connection.opened;
      return connection.stream(host, path);
    });
    return new Streams(connections, await Promise.all(streams));
  }

  stop(): void {
    this.#stopped = true;
    for (const connection of this.#connections) connection.close();
  }

  async #follow(index: number, stream: AsyncGenerator<string, void>): Promise<void> {
    let next: number | undefined;
    try {
      for await (const chunk of stream) {
        for (const [, number] of chunk.matchAll(/data: (\d+)/g)) {
          if (next !== undefined && Number(number) !== next) this.failures.push(`missed ${next}`);
          next = Number(number) + 1;
          this.counts[index] = (this.counts[index] ?? 0) + 1;
        }
      }
      throw new Error("it ended");
    } catch (error) {
      if (!this.#stopped) this.failures.push(String(error));
    }
  }
}
