import { describe, expect, test } from "bun:test";
import { constants } from "node:http2";
import { connect, type Socket } from "node:net";
import type { ServiceClient, ServiceLink, ServiceRequest } from "#src/core/service-link.ts";
import { systemClock } from "#src/core/clock.ts";
import { classifyFailure } from "#src/core/fetch-failure.ts";
import { trailersOf } from "#src/core/trailers.ts";
import { openServiceClient } from "#src/serve/upstream/open.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";
import { gate } from "#tests/support/gate.ts";
import {
  afterwards,
  FRAME,
  frame,
  head200,
  http2Server,
  http2TlsServer,
  numberFrame,
  pem,
  proxyTo,
  rawHttp2Server,
  tcpServer,
  tlsServer,
} from "./endpoints.ts";

const asking = (changes: Partial<ServiceRequest> = {}): ServiceRequest => ({
  method: "GET",
  headers: new Headers({ host: "shop.test", connection: "keep-alive" }),
  body: null,
  signal: new AbortController().signal,
  ...changes,
});

function clientOf(link: Partial<ServiceLink> = {}, clock = systemClock): ServiceClient {
  const client = openServiceClient({ http2: true, ...link }, clock);
  afterwards(() => client.close());
  return client;
}

const trusted = { verify: true, ca: pem("a.test").cert, sni: "a.test" };

const problem = (asked: Promise<Response>): Promise<{ kind: string; code: unknown }> =>
  asked.then(
    () => ({ kind: "none", code: undefined }),
    (error: Error & { code?: unknown }) => ({ kind: classifyFailure(error), code: error.code }),
  );

/** Answers what it was asked. */
const echo = () =>
  http2Server((stream, headers) => {
    let body = "";
    stream.on("data", (chunk: Buffer) => (body += chunk.toString()));
    stream.on("end", () => {
      stream.respond({ ":status": 200, "set-cookie": ["a=1", "b=2"] });
      const asked = [":method", ":path", ":scheme", ":authority", "te", "content-length"].map((name) => headers[name]);
      stream.end(JSON.stringify([...asked, body]));
    });
  });

test("a request and its answer", async () => {
  const port = await echo();
  const body = new TextEncoder().encode("häuser");
  const answer = await clientOf().fetch(`http://127.0.0.1:${port}/a%2Fb?c=1`, asking({ method: "PUT", body }));
  expect([answer.status, answer.headers.getSetCookie()]).toEqual([200, ["a=1", "b=2"]]);
  expect(await answer.json()).toEqual(["PUT", "/a%2Fb?c=1", "http", "shop.test", null, "7", "häuser"]);
});

test("a HEAD and a status without a body", async () => {
  const port = await http2Server((stream) => {
    stream.respond({ ":status": 204 }, { endStream: true });
  });
  const client = clientOf();
  for (const method of ["HEAD", "GET"]) {
    const answer = await client.fetch(`http://127.0.0.1:${port}/`, asking({ method }));
    expect([answer.status, answer.body]).toEqual([204, null]);
  }
});

describe("gRPC", () => {
  const grpc = new Headers({ host: "shop.test", "content-type": "application/grpc+proto" });

  test("messages go both ways at once, and what comes after them is told", async () => {
    const port = await http2Server((stream, { te }) => {
      stream.respond({ ":status": 200, "x-te": te }, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0", "grpc-message": "done" }));
      stream.on("data", (chunk: Buffer) => void stream.write(chunk));
      stream.on("end", () => void stream.end());
    });
    const sending = Promise.withResolvers<ReadableStreamDefaultController<Uint8Array>>();
    const body = new ReadableStream<Uint8Array>({ start: (controller) => sending.resolve(controller) });
    const request = asking({ method: "POST", headers: grpc, body });
    const answering = clientOf().fetch(`http://127.0.0.1:${port}/shop.Shop/Watch`, request);
    const controller = await sending.promise;
    const answer = await answering;
    expect(answer.headers.get("x-te")).toBe("trailers");
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
    for (let message = 0; message < 50; message++) {
      controller.enqueue(new Uint8Array([message]));
      expect(await reader.read()).toEqual({ done: false, value: Buffer.from([message]) });
    }
    controller.close();
    expect((await reader.read()).done).toBeTrue();
    const after = await trailersOf(answer);
    expect(Object.fromEntries(after ?? [])).toEqual({ "grpc-status": "0", "grpc-message": "done" });
  });

  test("an answer of nothing but headers", async () => {
    const port = await http2Server((stream) => {
      stream.respond({ ":status": 200, "grpc-status": "5" }, { endStream: true });
    });
    const answer = await clientOf().fetch(`http://127.0.0.1:${port}/`, asking({ method: "POST", headers: grpc }));
    expect([answer.headers.get("grpc-status"), answer.body, trailersOf(answer)]).toEqual(["5", null, undefined]);
  });
});

test("TLS, by ALPN, through a proxy too", async () => {
  const port = await http2TlsServer((stream, headers) => {
    stream.respond({ ":status": 200 });
    stream.end(`${headers[":scheme"]} ${headers[":authority"]}`);
  });
  const proxy = await proxyTo(port);
  const through = { tls: trusted, proxy: { host: "127.0.0.1", port: proxy.port, connectTimeout: 900 } };
  for (const [link, host] of [
    [{ tls: trusted }, "127.0.0.1"],
    [through, "inner.test"],
  ] as const) {
    const answer = await clientOf(link).fetch(`https://${host}:${port}/`, asking());
    expect(await answer.text()).toBe("https shop.test");
  }
  expect(proxy.asked).toEqual([`inner.test:${port}`]);
});

test("without TLS through a proxy: the endpoint may speak first", async () => {
  const proxy = await proxyTo(await echo());
  const link = { proxy: { host: "127.0.0.1", port: proxy.port, connectTimeout: 900 } };
  expect((await clientOf(link).fetch("http://inner.test/", asking())).status).toBe(200);
});

test("whoever speaks HTTP/1.1 only was sent nothing", async () => {
  const old = await tlsServer();
  expect(await problem(clientOf({ tls: trusted }).fetch(`https://127.0.0.1:${old}/`, asking()))).toMatchObject({
    kind: "connect",
  });
  const silent = gate();
  const port = await tcpServer((socket) => socket.once("data", () => silent.open()));
  const clock = new FakeClock();
  const late = problem(clientOf({ connectTimeout: 500 }, clock).fetch(`http://127.0.0.1:${port}/`, asking()));
  await silent.opened;
  clock.advance(500);
  expect(await late).toMatchObject({ kind: "connect", code: "ETIMEDOUT" });
});

test("an endpoint gets no more streams than it takes, over as many sessions as it needs", async () => {
  let [open, most, sessions] = [0, 0, 0];
  const waiting: (() => void)[] = [];
  const all = gate();
  const port = await http2Server(
    (stream) => {
      const { session } = stream;
      if (session !== undefined && !("counted" in session)) Object.assign(session, { counted: ++sessions });
      most = Math.max(most, ++open);
      waiting.push(() => {
        open--;
        stream.respond({ ":status": 200 });
        stream.end("ok");
      });
      if (waiting.length === 7) all.open();
    },
    { settings: { maxConcurrentStreams: 3 } },
  );
  const client = clientOf();
  const answers = Array.from({ length: 7 }, () => client.fetch(`http://127.0.0.1:${port}/`, asking()));
  await all.opened;
  for (const answer of waiting) answer();
  for (const answer of answers) expect(await (await answer).text()).toBe("ok");
  expect([most, sessions]).toEqual([7, 3]);
});

test("an endpoint that goes away finishes what it has, and new requests go to a new session", async () => {
  let first = true;
  const finish = gate();
  const port = await http2Server((stream) => {
    stream.respond({ ":status": 200 });
    if (!first) return void stream.end("new");
    first = false;
    stream.session?.goaway(constants.NGHTTP2_NO_ERROR);
    stream.write("old");
    void finish.opened.then(() => stream.end());
    return undefined;
  });
  const client = clientOf();
  const old = await client.fetch(`http://127.0.0.1:${port}/`, asking());
  const reader = (old.body as ReadableStream<Uint8Array>).getReader();
  expect(new TextDecoder().decode((await reader.read()).value)).toBe("old");
  expect(await (await client.fetch(`http://127.0.0.1:${port}/`, asking())).text()).toBe("new");
  finish.open();
  expect((await reader.read()).done).toBeTrue();
});

test("a refused stream was not looked at", async () => {
  const port = await rawHttp2Server((socket, stream) =>
    socket.write(numberFrame(FRAME.rstStream, stream, constants.NGHTTP2_REFUSED_STREAM)),
  );
  const refused = await problem(clientOf().fetch(`http://127.0.0.1:${port}/`, asking()));
  expect(refused).toEqual({ kind: "connect", code: "HTTP2_REFUSED_STREAM" });
  const reset = await rawHttp2Server((socket, stream) =>
    socket.write(numberFrame(FRAME.rstStream, stream, constants.NGHTTP2_INTERNAL_ERROR)),
  );
  expect((await problem(clientOf().fetch(`http://127.0.0.1:${reset}/`, asking()))).kind).toBe("reset");
});

test("a stream behind the last one that an endpoint looks at before it goes was not looked at", async () => {
  const port = await rawHttp2Server((socket) => socket.write(frame(FRAME.goaway, 0, new Uint8Array(8))));
  expect((await problem(clientOf().fetch(`http://127.0.0.1:${port}/`, asking()))).kind).toBe("connect");
});

describe("an answer that stops in the middle never looks whole", () => {
  const ends: Readonly<Record<string, (socket: Socket, stream: number) => void>> = {
    "the stream is reset": (socket, stream) =>
      socket.write(numberFrame(FRAME.rstStream, stream, constants.NGHTTP2_INTERNAL_ERROR)),
    "the stream is cancelled": (socket, stream) =>
      socket.write(numberFrame(FRAME.rstStream, stream, constants.NGHTTP2_CANCEL)),
    "the connection ends": (socket) => socket.end(),
    "the connection breaks": (socket) => socket.resetAndDestroy(),
  };
  test.each(Object.keys(ends))("%s", async (name) => {
    const port = await rawHttp2Server((socket, stream) => {
      socket.write(head200(stream));
      socket.write(frame(FRAME.data, stream, Buffer.from("half")), () => ends[name]?.(socket, stream));
    });
    const client = clientOf();
    const answer = await client.fetch(`http://127.0.0.1:${port}/`, asking());
    expect(await answer.text().catch(() => "broken")).toBe("broken");
    const after = await trailersOf(answer)?.catch(() => "broken");
    expect(after).toBe("broken");
  });
});

test("an aborted request is cancelled at the endpoint, others on the session are not", async () => {
  const [begun, left] = [gate(), Promise.withResolvers<number>()];
  const port = await http2Server((stream, headers) => {
    stream.respond({ ":status": 200 });
    if (headers[":path"] === "/good") return void stream.end("good");
    stream.on("close", () => left.resolve(stream.rstCode ?? -1));
    stream.write("x");
    begun.open();
    return undefined;
  });
  const client = clientOf();
  const controller = new AbortController();
  const answer = await client.fetch(`http://127.0.0.1:${port}/`, asking({ signal: controller.signal }));
  await begun.opened;
  controller.abort(new Error("enough"));
  expect(await answer.text().catch(() => "broken")).toBe("broken");
  expect(await left.promise).toBe(constants.NGHTTP2_CANCEL);
  expect(await (await client.fetch(`http://127.0.0.1:${port}/good`, asking())).text()).toBe("good");
});

test("a slow reader holds the endpoint back", async () => {
  let sent = 0;
  const port = await http2Server((stream) => {
    stream.respond({ ":status": 200 });
    const more = (): void => {
      if (sent++ < 1024) stream.write(Buffer.alloc(64 * 1024), more);
    };
    more();
  });
  const answer = await clientOf().fetch(`http://127.0.0.1:${port}/`, asking());
  const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
  await reader.read();
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(sent * 64).toBeLessThan(16 * 1024);
  await reader.cancel();
});

test("a session whose endpoint falls silent is given up", async () => {
  const clock = new FakeClock();
  const port = await http2Server((stream) => {
    stream.respond({ ":status": 200 });
    stream.write("x");
  });
  // A peer that takes everything and passes nothing on, from a certain moment.
  let deaf = false;
  const between = await tcpServer((client) => {
    const peer = connect(port, "127.0.0.1");
    client.on("data", (chunk) => void (deaf || peer.write(chunk)));
    peer.on("data", (chunk) => void client.write(chunk));
    client.on("close", () => peer.destroy());
  });
  const answer = await clientOf({}, clock).fetch(`http://127.0.0.1:${between}/`, asking());
  const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
  await reader.read();
  deaf = true;
  const ended = reader.read().then(
    () => "read",
    () => "broken",
  );
  clock.advance(30_000);
  clock.advance(10_000);
  expect(await ended).toBe("broken");
});
