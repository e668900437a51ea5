import type { Connection } from "./call.ts";

interface Kept {
  readonly opening: Promise<Connection>;
  /** Once it is open. */
  connection?: Connection;
}

/** One connection to each address: opened for the first call, shared by all, opened anew when it has ended. */
export class KeptConnections {
  readonly #open: (address: string) => Promise<Connection>;
  readonly #kept = new Map<string, Kept>();

  /** `open` connects to an address; what it rejects with, its callers get. */
  constructor(open: (address: string) => Promise<Connection>) {
    this.#open = open;
  }

  to(address: string): Promise<Connection> {
    const known = this.#kept.get(address);
    if (known !== undefined && known.connection?.ended !== true) return known.opening;
    this.#forgetEnded();
    const kept: Kept = { opening: this.#open(address) };
    this.#kept.set(address, kept);
    kept.opening.then(
      (connection) => (kept.connection = connection),
      () => this.#kept.delete(address),
    );
    return kept.opening;
  }

  close(): void {
    for (const { opening } of this.#kept.values()) {
      opening.then(
        (connection) => connection.close(),
        () => {},
      );
    }
    this.#kept.clear();
  }

  /** Those of addresses that nobody asks any more would stay for ever. */
  #forgetEnded(): void {
    for (const [address, { connection }] of this.#kept) if (connection?.ended === true) this.#kept.delete(address);
  }
}
