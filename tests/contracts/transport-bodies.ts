import { describe, expect, test } from "bun:test";
import {
  brotliCompressSync,
  constants,
  createBrotliCompress,
  createDeflate,
  createGzip,
  createZstdCompress,
} from "node:zlib";
import type { Transform } from "node:stream";
import { once } from "node:events";
import { type MakeTransport, served, Stage, textOf } from "./transport-stage.ts";

const MIB = 1024 * 1024;

/** How each coding is written so that what was written can be read before the end. */
const CODINGS: readonly (readonly [string, () => Transform, number])[] = [
  ["gzip", () => createGzip(), constants.Z_SYNC_FLUSH],
  ["x-gzip", () => createGzip(), constants.Z_SYNC_FLUSH],
  ["deflate", () => createDeflate(), constants.Z_SYNC_FLUSH],
  ["br", () => createBrotliCompress(), constants.BROTLI_OPERATION_FLUSH],
  ["zstd", () => createZstdCompress(), constants.ZSTD_e_flush],
];

/** `parts`, packed so that each can be read when its bytes are there; the last ends it. */
async function packed(coder: Transform, parts: readonly string[]): Promise<Buffer[]> {
  const pieces: Buffer[] = [];
  let open: Buffer[] = [];
  coder.on("data", (bytes: Buffer) => open.push(bytes));
  for (const [at, part] of parts.entries()) {
    if (at < parts.length - 1) {
      coder.write(part);
      await new Promise<void>((resolve) => {
        if ("flush" in coder && typeof coder.flush === "function") coder.flush(() => resolve());
      });
    } else {
      coder.end(part);
      await once(coder, "end");
    }
    pieces.push(Buffer.concat(open));
    open = [];
  }
  return pieces;
}

/** How bodies go out and come in. */
export function describeBodies(make: MakeTransport): void {
  describe("a request", () => {
    test("goes out with its method, path, host, headers and length", async () => {
      await using stage = await Stage.open(make);
      const sent = stage.send({ headers: { "x-a": "1", "content-type": "application/json" }, body: "\u00e9\u20ac" });
      const request = await (await stage.server.peer(0)).answer("ok");
      await sent;
      expect(request.line).toBe("POST /v1/x?y=1 HTTP/1.1");
      expect(request.headers.get("host")).toBe(new URL(stage.server.origin).host);
      expect(request.headers.get("x-a")).toBe("1");
      expect(request.headers.get("content-type")).toBe("application/json");
      expect(request.headers.get("content-length")).toBe("5");
      expect(request.headers.get("user-agent")).not.toBeUndefined();
      expect(Buffer.from(request.body, "latin1").toString()).toBe("\u00e9\u20ac");
    });

    test("has header values in Latin-1", async () => {
      await using stage = await Stage.open(make);
      const sent = stage.send({ headers: { "x-name": "caf\xe9" }, body: "\u00e9" });
      const request = await (await stage.server.peer(0)).answer("ok");
      await sent;
      expect(request.headers.get("x-name")).toBe("caf\xe9");
      expect(request.body).toBe("\xc3\xa9");
    });

    test.each(["x-a: b\r\nx-b", "x a", ""])("with the header name '%s' is refused", async (name) => {
      await using stage = await Stage.open(make);
      expect(stage.send({ headers: { [name]: "1" } })).rejects.toThrow(TypeError);
      expect(stage.server.peers).toHaveLength(0);
    });

    test.each(["a\r\nx-b: c", "a\nb", "a\rb", "a\0b", "\u20ac"])(
      "with the header value %j is refused",
      async (value) => {
        await using stage = await Stage.open(make);
        expect(stage.send({ headers: { "x-a": value } })).rejects.toThrow(TypeError);
        expect(stage.server.peers).toHaveLength(0);
      },
    );

    const large = { text: "\u00e9\u20ac\u{1f9a6}a".repeat(800_000), bytes: Buffer.alloc(8 * MIB, "0123456789abc") };
    test.each(["text", "bytes"] as const)(
      "of 8 MB of %s goes out whole to a server that is slow to take it",
      async (kind) => {
        await using stage = await Stage.open(make);
        const sent = stage.send({ body: large[kind] });
        const peer = await stage.server.peer(0);
        await peer.head();
        peer.socket.pause();
        for (let turn = 0; turn < 20; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
        peer.socket.resume();
        const { body } = await peer.answer("ok");
        await sent;
        expect(Bun.hash(Buffer.from(body, "latin1"))).toBe(Bun.hash(large[kind]));
      },
    );

    test("that is answered before it was taken gets that answer, and its connection is not used again", async () => {
      await using stage = await Stage.open(make);
      const sent = stage.send({ body: large.bytes });
      const peer = await stage.server.peer(0);
      await peer.head();
      peer.socket.pause();
      await peer.send("HTTP/1.1 413 Payload Too Large\r\ncontent-length: 9\r\n\r\ntoo large");
      const { status, body } = await sent;
      expect(status).toBe(413);
      expect(await textOf(body)).toBe("too large");
      peer.socket.resume();
      await peer.closed;
    });
  });

  describe("a packed answer", () => {
    test.each(CODINGS)("in %s is unpacked as it comes", async (coding, coder) => {
      await using stage = await Stage.open(make);
      const [first = Buffer.of(), second = Buffer.of()] = await packed(coder(), ["first ", "second"]);
      const { body } = await stage.answered(
        `HTTP/1.1 200 OK\r\ncontent-encoding: ${coding}\r\ncontent-length: ${first.length + second.length}\r\n\r\n`,
      );
      const [peer] = stage.server.peers;
      await peer?.send(first);
      expect(Buffer.from((await body.read()) ?? []).toString()).toBe("first ");
      await peer?.send(second);
      expect(await textOf(body)).toBe("second");
    });

    test("that is no such thing fails", async () => {
      await using stage = await Stage.open(make);
      const { body } = await stage.answered(
        "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 5\r\n\r\nhello",
      );
      expect(textOf(body)).rejects.toThrow();
    });

    test("that is cut fails", async () => {
      await using stage = await Stage.open(make);
      const whole = brotliCompressSync("some text that is packed");
      const half = whole.subarray(0, 10).toString("latin1");
      const { body } = await stage.answered(
        `HTTP/1.1 200 OK\r\ncontent-encoding: br\r\ncontent-length: 10\r\n\r\n${half}`,
      );
      expect(textOf(body)).rejects.toThrow();
    });

    test.each([204, 304, 200])("without a body is no failure (%i)", async (status) => {
      await using stage = await Stage.open(make);
      const { body } = await stage.answered(
        `HTTP/1.1 ${status} x\r\ncontent-encoding: gzip\r\n${status === 200 ? "content-length: 0\r\n" : ""}\r\n`,
      );
      expect(await textOf(body)).toBe("");
    });
  });

  describe("a slow reader", () => {
    test("holds the server back, and gets everything, also what the server had sent before it closed", async () => {
      await using stage = await Stage.open(make);
      const sent = Buffer.alloc(64 * MIB, "0123456789abc");
      const { body } = await stage.answered(`HTTP/1.1 200 OK\r\ncontent-length: ${sent.length}\r\n\r\n`);
      const peer = await stage.server.peer(0);
      let taken = 0;
      const sending = (async () => {
        for (; taken < sent.length; taken += 64 * 1024) await peer.send(sent.subarray(taken, taken + 64 * 1024));
        peer.socket.end();
      })();
      // Others are served meanwhile, until nothing more is taken here.
      for (let before = -1; taken !== before;) {
        before = taken;
        for (let count = 0; count < 20; count++) await served(stage, 1);
      }
      // What the system's own buffers hold, at most.
      expect(taken).toBeLessThan(24 * MIB);
      const chunks: Uint8Array[] = [];
      for (let chunk = await body.read(); chunk !== undefined; chunk = await body.read()) chunks.push(chunk);
      expect(Buffer.concat(chunks).equals(sent)).toBe(true);
      await sending;
    });
  });
}
