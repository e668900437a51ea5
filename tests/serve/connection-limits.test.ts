import { describe, expect, test } from "bun:test";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { ConnectionLimits, Host, Listening, ListenOptions } from "#src/core/host.ts";
import { bunHost } from "#src/serve/bun.ts";
import { nodeHost } from "#src/serve/node.ts";
import { certificateOf } from "#tests/support/certificates.ts";

const tls = { certificates: [certificateOf("a.test")] };

/** Answers after the body's second half was let go, and says that the request is over when it is. */
const handle: ListenOptions["handle"] = (request, { rest }) => {
  if (!request.url.endsWith("/stream")) {
    rest?.();
    return new Response("whole");
  }
  const parts = ["a", "b"];
  return new Response(
    new ReadableStream({
      pull(controller) {
        const part = parts.shift();
        if (part !== undefined) return controller.enqueue(new TextEncoder().encode(part));
        rest?.();
        controller.close();
      },
    }),
  );
};

type Kind = Pick<ListenOptions, "tls" | "http2">;

async function listening(host: Host, kind: Kind, limits: ConnectionLimits): Promise<Listening & AsyncDisposable> {
  const open = await host.listen({ hostname: "127.0.0.1", port: 0, handle, limits, ...kind });
  return Object.assign(open, { [Symbol.asyncDispose]: () => open.stop(true) });
}

/** A connection to a listener; as soon as it stands. */
async function connection({ port }: Listening, { tls: secure }: Kind): Promise<Socket> {
  const socket =
    secure === undefined
      ? connect(port, "127.0.0.1")
      : connectTls({ port, host: "127.0.0.1", servername: "a.test", rejectUnauthorized: false });
  await once(socket, secure === undefined ? "connect" : "secureConnect");
  return socket;
}

/** All that comes until the other side ends the connection. */
async function untilClosed(socket: Socket): Promise<string> {
  let heard = "";
  socket.on("data", (bytes) => (heard += String(bytes)));
  socket.on("error", () => {});
  await once(socket, "close");
  return heard;
}

const node = nodeHost("bun");

describe("a connection that is idle for too long is closed, after all of the answer", () => {
  test.each<[string, Host, Kind, number]>([
    // Bun counts in seconds, and looks every few of them.
    ["Bun's own listener", bunHost, {}, 1000],
    ["node's listener", node, {}, 20],
    ["a listener with TLS", bunHost, { tls }, 20],
    ["a listener without TLS that knows HTTP/2", bunHost, { http2: true }, 20],
  ])("%s", async (_, host, kind, idleTimeout) => {
    await using listener = await listening(host, kind, { idleTimeout });
    const heard = ["/whole", "/stream"].map(async (path) => {
      const socket = await connection(listener, kind);
      socket.write(`GET ${path} HTTP/1.1\r\nhost: a.test\r\n\r\n`);
      return untilClosed(socket);
    });
    const [whole, streamed] = await Promise.all(heard);
    expect(whole).toEndWith("whole");
    // In one chunk, or in one each.
    expect(streamed).toMatch(/ab$|a\r\n1\r\nb\r\n0\r\n\r\n$/);
  });

  test("a session of HTTP/2 as well", async () => {
    await using listener = await listening(bunHost, { http2: true }, { idleTimeout: 20 });
    const socket = await connection(listener, {});
    socket.write(PREFACE);
    socket.resume();
    await once(socket, "close");
  });
});

/** What a client says first, with settings that change nothing (RFC 9113, 3.4 and 6.5). */
const PREFACE = Buffer.concat([
  Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
  Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]),
]);

const [SETTINGS, WINDOW_UPDATE] = [4, 8];

interface Frame {
  readonly type: number;
  readonly stream: number;
  readonly payload: Buffer;
}

/** Frames as they come, until `enough` of them are there. */
async function frames(socket: Socket, enough: (all: readonly Frame[]) => boolean): Promise<readonly Frame[]> {
  const all: Frame[] = [];
  let bytes = Buffer.alloc(0);
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    bytes = Buffer.concat([bytes, chunk]);
    while (bytes.length >= 9 && bytes.length >= 9 + bytes.readUIntBE(0, 3)) {
      const end = 9 + bytes.readUIntBE(0, 3);
      all.push({ type: bytes[3] ?? 0, stream: bytes.readUInt32BE(5), payload: bytes.subarray(9, end) });
      bytes = bytes.subarray(end);
    }
    if (enough(all)) break;
  }
  return all;
}

function settingsIn({ payload }: Frame): ReadonlyMap<number, number> {
  const pairs = Array.from({ length: payload.length / 6 }, (_, index): [number, number] => [
    payload.readUInt16BE(index * 6),
    payload.readUInt32BE(index * 6 + 2),
  ]);
  return new Map(pairs);
}

test("a session of HTTP/2 has the streams and windows that are asked for", async () => {
  const http2 = { maxConcurrentStreams: 7, initialStreamWindowSize: 70_000, initialConnectionWindowSize: 1_048_576 };
  await using listener = await listening(bunHost, { http2: true }, { http2 });
  const socket = await connection(listener, {});
  socket.write(PREFACE);
  const all = await frames(socket, (seen) => seen.some(({ type }) => type === WINDOW_UPDATE));
  const settings = settingsIn(all.find(({ type }) => type === SETTINGS) as Frame);
  // SETTINGS_MAX_CONCURRENT_STREAMS and SETTINGS_INITIAL_WINDOW_SIZE.
  expect([settings.get(3), settings.get(4)]).toEqual([7, 70_000]);
  const update = all.find(({ type }) => type === WINDOW_UPDATE);
  expect([update?.stream, update?.payload.readUInt32BE(0)]).toEqual([0, 1_048_576 - 65_535]);
});
