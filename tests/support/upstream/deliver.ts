import type { ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import type { Delivery } from "./script.ts";

/** How a delivery ended: everything sent, the client left, or the script's own cut. */
export type Outcome = "sent" | "aborted" | "cut";

/** What is to be delivered: a status, a content type and frames that are taken as they are sent. */
export interface Package {
  readonly status: number;
  readonly contentType: string;
  readonly frames: Iterable<string | Uint8Array> | AsyncIterable<Uint8Array>;
}

const encoder = new TextEncoder();

/** One response under way. `sent` grows with the bytes of the body, before any compression. */
export class Courier {
  readonly outcome: Promise<Outcome>;
  readonly sent: Uint8Array[] = [];
  readonly #response: ServerResponse;
  readonly #gone = Promise.withResolvers<void>();
  #left = false;
  #cut = false;
  #bytes = 0;

  constructor(response: ServerResponse) {
    this.#response = response;
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    this.outcome = promise;
    response.on("error", () => {});
    response.on("close", () => {
      this.#left = true;
      this.#gone.resolve();
      resolve(this.#cut ? "cut" : response.writableFinished ? "sent" : "aborted");
    });
  }

  /** Resolves when the client is gone, whatever the reason. */
  get gone(): Promise<void> {
    return this.#gone.promise;
  }

  async deliver(content: Package, how: Delivery): Promise<void> {
    await this.#wait(how.beforeHeaders);
    if (this.#left) return;
    if (how.cutAfterBytes === -1) return this.#destroy();
    this.#writeHead(content, how);
    await this.#wait(how.beforeBody);
    if (how.cutAfterBytes === 0) return this.#destroy();
    let count = 0;
    for await (const frame of how.gzip === true ? zipped(content.frames) : content.frames) {
      if (this.#left) return;
      if (count === how.hold?.afterFrames) await this.#wait(how.hold.until);
      await this.#write(typeof frame === "string" ? encoder.encode(frame) : frame, how);
      count += 1;
    }
    if (count === how.hold?.afterFrames) await this.#wait(how.hold.until);
    if (!this.#left) this.#response.end();
  }

  #writeHead(content: Package, how: Delivery): void {
    this.#response.writeHead(content.status, {
      "content-type": content.contentType,
      ...(how.gzip === true ? { "content-encoding": "gzip" } : {}),
      ...how.headers,
    });
    this.#response.flushHeaders();
  }

  async #write(bytes: Uint8Array, how: Delivery): Promise<void> {
    const left = how.cutAfterBytes === undefined ? Infinity : how.cutAfterBytes - this.#bytes;
    const taken = left < bytes.length ? bytes.subarray(0, left) : bytes;
    const portions = how.drip === true ? Array.from(taken, (byte) => Uint8Array.of(byte)) : [taken];
    for (const portion of portions) {
      if (this.#left) return;
      this.#bytes += portion.length;
      // Answers larger than a test's own are not kept.
      if (this.#bytes < 4_000_000) this.sent.push(portion);
      if (!this.#response.write(portion)) await this.#drained();
      // A byte goes out on its own only when the loop turns between the writes.
      if (how.drip === true) await new Promise((resolve) => setImmediate(resolve));
    }
    if (this.#bytes >= (how.cutAfterBytes ?? Infinity)) this.#destroy();
  }

  async #drained(): Promise<void> {
    const drained = new Promise<void>((resolve) => this.#response.once("drain", () => resolve()));
    await Promise.race([drained, this.gone]);
  }

  async #wait(until: Promise<unknown> | undefined): Promise<void> {
    if (until !== undefined) await Promise.race([until, this.gone]);
  }

  #destroy(): void {
    if (this.#left) return;
    this.#cut = true;
    this.#response.socket?.destroy();
  }
}

async function* zipped(frames: Package["frames"]): AsyncGenerator<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const frame of frames) parts.push(typeof frame === "string" ? encoder.encode(frame) : frame);
  const whole = gzipSync(Buffer.concat(parts));
  yield whole.subarray(0, whole.length >> 1);
  yield whole.subarray(whole.length >> 1);
}
