import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { connect, type Socket } from "node:net";
import { connect as connectSecurely } from "node:tls";
import type { ClientStream, OpenClientStream, StreamProducer } from "#src/core/client-stream.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A producer that a test plays by hand. */
class Played implements StreamProducer {
  readonly #begun = Promise.withResolvers<ClientStream>();
  readonly #left = Promise.withResolvers<void>();
  #drained = Promise.withResolvers<void>();
  begins = 0;
  lefts = 0;

  begin(client: ClientStream): void {
    this.begins++;
    this.#begun.resolve(client);
  }

  drained(): void {
    this.#drained.resolve();
    this.#drained = Promise.withResolvers<void>();
  }

  left(): void {
    this.lefts++;
    this.#left.resolve();
  }

  get begun(): Promise<ClientStream> {
    return this.#begun.promise;
  }

  get gone(): Promise<void> {
    return this.#left.promise;
  }

  /** Resolves at the next `drained`. */
  get next(): Promise<void> {
    return this.#drained.promise;
  }
}

/** A client that reads by hand: what came so far is in `text`. */
class Reading {
  readonly socket: Socket;
  text = "";
  size = 0;
  #wake: () => void = () => {};

  constructor(port: number, secure: boolean) {
    const ask = (): void => void this.socket.write("GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    const to = { port, host: "127.0.0.1" };
    this.socket = secure ? connectSecurely({ ...to, rejectUnauthorized: false }, ask) : connect(to, ask);
    this.socket.on("data", (piece) => {
      this.size += piece.length;
      if (this.size < 10_000) this.text += piece.toString();
      this.#wake();
    });
    this.socket.on("close", () => this.#wake());
    this.socket.on("error", () => {});
  }

  async until(seen: () => boolean): Promise<void> {
    while (!seen()) await new Promise<void>((resolve) => (this.#wake = resolve));
  }
}

/** A server that answers everything by `handle`. */
export interface StreamServer {
  readonly port: number;
  readonly secure: boolean;
  stop(): unknown;
}

const onBunServe = (handle: () => Response): Promise<StreamServer> => {
  const server = Bun.serve({ hostname: "127.0.0.1", port: 0, idleTimeout: 0, fetch: handle });
  return Promise.resolve({ port: server.port ?? 0, secure: false, stop: () => server.stop(true) });
};

/** What every way of streaming to clients keeps to, behind the server it is made for. */
export function describeClientStream(
  name: string,
  open: OpenClientStream,
  serve: (handle: () => Response) => Promise<StreamServer> = onBunServe,
): void {
  describe(`client stream contract: ${name}`, () => {
    let producer = new Played();
    let server: StreamServer;
    beforeAll(async () => {
      server = await serve(() => new Response(open(producer), { headers: { "content-type": "text/event-stream" } }));
    });
    afterAll(() => server.stop());

    function opened(): { producer: Played; client: Reading } {
      producer = new Played();
      return { producer, client: new Reading(server.port, server.secure) };
    }

    test("each chunk reaches the client before the next is given", async () => {
      const { producer: played, client } = opened();
      const out = await played.begun;
      for (const word of ["one", "two", "three"]) {
        expect(out.write(bytes(`<${word}>`))).toBe(true);
        await client.until(() => client.text.includes(`<${word}>`));
      }
      out.close();
      await client.until(() => client.socket.closed);
      expect([...(client.text.match(/<\w+>/g) ?? [])]).toEqual(["<one>", "<two>", "<three>"]);
      expect(played).toMatchObject({ begins: 1, lefts: 0 });
    });

    test("what is given in one turn arrives whole and in order", async () => {
      const { producer: played, client } = opened();
      const out = await played.begun;
      for (let index = 0; index < 50; index++) out.write(bytes(`<${index}>`));
      out.close();
      await client.until(() => client.socket.closed);
      expect([...(client.text.match(/<\d+>/g) ?? [])]).toEqual(Array.from({ length: 50 }, (_, index) => `<${index}>`));
    });

    test("a stream may end before its first byte", async () => {
      const { producer: played, client } = opened();
      (await played.begun).close();
      await client.until(() => client.text.includes("\r\n\r\n"));
      expect(client.text).toStartWith("HTTP/1.1 200");
    });

    test("a client that does not read is slow, and no longer once it has", async () => {
      const { producer: played, client } = opened();
      const out = await played.begun;
      const piece = new Uint8Array(64 * 1024).fill(97);
      out.write(bytes("first"));
      await client.until(() => client.text.includes("first"));
      client.socket.pause();
      let given = 0;
      // Each turn of the loop lets the connection take what it takes.
      while (out.write(piece)) {
        given += piece.length;
        expect(given).toBeLessThan(64 * 1024 * 1024);
        await new Promise((resolve) => setImmediate(resolve));
      }
      const drained = played.next;
      client.socket.resume();
      await drained;
      await client.until(() => client.size > given);
      expect(out.write(bytes("last"))).toBe(true);
      out.close();
      await client.until(() => client.socket.closed);
      expect(played.lefts).toBe(0);
    });

    test("a client that leaves is told of, once, and writing to it does no harm", async () => {
      const { producer: played, client } = opened();
      const out = await played.begun;
      out.write(bytes("first"));
      await client.until(() => client.text.includes("first"));
      client.socket.destroy();
      await played.gone;
      out.write(bytes("more"));
      out.close();
      expect(played.lefts).toBe(1);
    });

    test("a slow client that leaves is told of as well", async () => {
      const { producer: played, client } = opened();
      const out = await played.begun;
      out.write(bytes("first"));
      await client.until(() => client.text.includes("first"));
      client.socket.pause();
      while (out.write(new Uint8Array(256 * 1024))) await new Promise((resolve) => setImmediate(resolve));
      client.socket.destroy();
      await played.gone;
      expect(played.lefts).toBe(1);
    });
  });
}
