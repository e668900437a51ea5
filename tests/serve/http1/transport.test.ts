import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Transport } from "#src/core/upstream.ts";
import { BadAnswer, ConnectTimeout } from "#src/core/upstream.ts";
import { Http1Transport } from "#src/serve/http1/transport.ts";
import { rejection, served, Stage, textOf } from "#tests/contracts/transport-stage.ts";
import { describeTransport } from "#tests/contracts/transport.ts";
import { Cancelling } from "#tests/support/cancelling.ts";
import type { Clock } from "#src/core/clock.ts";
import { deafServer } from "#tests/support/deaf-server.ts";
import { until, within } from "#tests/support/until.ts";

const make = (clock: Clock): Transport => new Http1Transport(clock);
const OK = "HTTP/1.1 200 OK\r\n";

describeTransport("Http1Transport", (clock) => new Http1Transport(clock));

/** A stage with one connection that has served once and is kept. */
async function kept(headers = ""): Promise<Stage> {
  const stage = await Stage.open(make);
  await textOf((await stage.answered(`${OK}content-length: 2\r\n${headers}\r\nok`)).body);
  return stage;
}

describe("a kept connection", () => {
  test("is kept for 45 s, and closed by itself soon after", async () => {
    await using stage = await kept();
    stage.clock.advance(44_999);
    await served(stage, 0);
    stage.clock.advance(50_000);
    await stage.server.peers[0]?.closed;
    expect(stage.clock.pending).toBe(0);
    await served(stage, 1);
  });

  test("is kept for a second less than its server keeps it", async () => {
    await using stage = await kept("connection: keep-alive\r\nkeep-alive: timeout=5, max=100\r\n");
    stage.clock.advance(3999);
    await served(stage, 0);
    expect(stage.server.peers).toHaveLength(1);
  });

  test("whose server's time is over is not used, though nobody has closed it yet", async () => {
    await using stage = await kept("keep-alive: timeout=5\r\n");
    stage.clock.advance(4000);
    await served(stage, 1);
    await stage.server.peers[0]?.closed;
  });

  test.each(["timeout=1", "timeout=0", 'timeout="1"'])("is closed at once when its server says %s", async (time) => {
    await using stage = await kept(`keep-alive: ${time}\r\n`);
    await stage.server.peers[0]?.closed;
    await served(stage, 1);
  });

  test("is closed when its server has sent all it will, or something that nobody asked for", async () => {
    for (const sign of ["end", "data"]) {
      await using stage = await kept();
      const [peer] = stage.server.peers;
      if (sign === "end") peer?.socket.end();
      else await peer?.send(`${OK}content-length: 4\r\n\r\nfake`);
      await peer?.closed;
      await served(stage, 1);
    }
  });

  test("that answered more than was asked is not used again", async () => {
    await using stage = await Stage.open(make);
    const { body } = await stage.answered(`${OK}content-length: 2\r\n\r\nok${OK}content-length: 4\r\n\r\nfake`);
    expect(await textOf(body)).toBe("ok");
    await stage.server.peers[0]?.closed;
    await served(stage, 1);
  });

  test("no more than 256 of an origin are kept", async () => {
    await using stage = await Stage.open(make);
    const sent = Array.from({ length: 260 }, () => stage.send());
    for (let number = 0; number < 260; number++) await (await stage.server.peer(number)).answer("ok");
    for (const answer of await Promise.all(sent)) await textOf(answer.body);
    await Promise.all(stage.server.peers.slice(256).map(({ closed }) => closed));
    expect(stage.server.peers.filter(({ socket }) => !socket.destroyed)).toHaveLength(256);
  });

  test("is closed with the transport; one under way when its answer is whole", async () => {
    await using stage = await kept();
    const sent = stage.send();
    const other = stage.send();
    await stage.server.peers[0]?.answer("first");
    await textOf((await sent).body);
    const busy = await stage.server.peer(1);
    await busy.request();
    stage.transport.close?.();
    await stage.server.peers[0]?.closed;
    await busy.send(`${OK}content-length: 4\r\n\r\nlate`);
    expect(await textOf((await other).body)).toBe("late");
    await busy.closed;
  });

  test("does not keep a process alive; a request does", async () => {
    await using stage = await Stage.open(make);
    const script = join(import.meta.dir, "../../support/transport-client.ts");
    const child = Bun.spawn([process.execPath, script, "http1", stage.server.origin, "2"], { stdout: "pipe" });
    const peer = await stage.server.peer(0);
    await peer.answer("first");
    await peer.answer("second");
    expect(await within("the process's end", child.exited)).toBe(0);
    expect(await child.stdout.text()).toBe("first\nsecond\n");
  });
});

describe("a kept connection that its server closes when the next request comes", () => {
  test("is no obstacle: the request is sent again, on a fresh one", async () => {
    await using stage = await kept();
    // Kept ones may all be closed by now.
    const others = [stage.send(), stage.send()];
    for (const number of [0, 1]) await (await stage.server.peer(number)).answer("ok");
    for (const other of others) await textOf((await other).body);
    const sent = stage.send();
    const last = stage.server.peers.at(-1);
    await last?.request();
    last?.socket.destroy();
    const request = await (await stage.server.peer(2)).answer("fresh");
    expect(request.body).toBe("ask");
    expect(await textOf((await sent).body)).toBe("fresh");
  });

  test("and the fresh one, too, is an error: the request is sent no third time", async () => {
    await using stage = await kept();
    const sent = rejection(stage.send());
    for (const number of [0, 1]) {
      const peer = await stage.server.peer(number);
      await peer.request();
      peer.socket.destroy();
    }
    expect(await sent).toBeInstanceOf(Error);
    expect(stage.server.peers).toHaveLength(2);
  });

  test("is an error when the server had two seconds to work on the request", async () => {
    await using stage = await kept();
    const sent = rejection(stage.send());
    const [peer] = stage.server.peers;
    await peer?.request();
    stage.clock.advance(2001);
    peer?.socket.destroy();
    expect(await sent).toBeInstanceOf(Error);
    expect(stage.server.peers).toHaveLength(1);
  });

  test("is an error when the server had said that it goes on", async () => {
    await using stage = await kept();
    const sent = rejection(stage.send());
    const [peer] = stage.server.peers;
    await peer?.request();
    await peer?.send("HTTP/1.1 100 Continue\r\n\r\n");
    peer?.socket.end();
    expect(await sent).toBeInstanceOf(Error);
    expect(stage.server.peers).toHaveLength(1);
  });

  test("is no reason to send it again for a client that has left", async () => {
    await using stage = await kept();
    const cancelling = new Cancelling();
    const sent = rejection(stage.send({}, cancelling));
    const [peer] = stage.server.peers;
    await peer?.request();
    const left = new Error("left");
    cancelling.abort(left);
    peer?.socket.destroy();
    expect(await sent).toBe(left);
    expect(stage.server.peers).toHaveLength(1);
  });
});

/** What nobody can make sense of in one way only. */
const BAD: readonly (readonly [string, string])[] = [
  ["bytes", "\x15\x03\x01\x00\x02\x02\x46"],
  ["another version of HTTP", "HTTP/2 200 OK\r\n\r\n"],
  ["an answer that was begun in another way", "\r\nHTTP/1.1 200 OK\r\n\r\n"],
  ["a length and chunks", `${OK}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`],
  ["another transfer coding", `${OK}transfer-encoding: gzip, chunked\r\n\r\n`],
  ["a switch of protocols", "HTTP/1.1 101 Switching Protocols\r\nupgrade: h2c\r\n\r\n"],
  ["a header in two lines", `${OK}x-a: b\r\n c\r\ncontent-length: 0\r\n\r\n`],
  ["a way to pack that nobody knows", `${OK}content-encoding: rot13\r\ncontent-length: 9\r\n\r\nuv`],
];

test.each(BAD)("%s in place of an answer is a BadAnswer", async (_, bytes) => {
  await using stage = await Stage.open(make);
  expect(await rejection(stage.answered(bytes))).toBeInstanceOf(BadAnswer);
  await stage.server.peers[0]?.closed;
});

test.each([
  ["a chunk of a size that is none", `${OK}transfer-encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n`],
  ["a body that cannot be unpacked", `${OK}content-encoding: gzip\r\ncontent-length: 5\r\n\r\nhello`],
])("%s fails the body with a BadAnswer", async (_, bytes) => {
  await using stage = await Stage.open(make);
  const { body } = await stage.answered(bytes);
  expect(await rejection(textOf(body))).toBeInstanceOf(BadAnswer);
});

test("a reader that ends the body over its last bytes leaves no dead connection behind", async () => {
  await using stage = await Stage.open(make);
  const { body } = await stage.answered(`${OK}content-length: 4\r\n\r\n`);
  body.flow({ chunk: () => body.cancel(), end: () => {}, fail: () => {} });
  await stage.server.peers[0]?.send("last");
  await stage.server.peers[0]?.closed;
  await served(stage, 1);
});

test("an address that takes the connection but no TLS handshake meets the connect limit, and is let go", async () => {
  await using stage = await Stage.open(make);
  const sent = rejection(stage.send({ url: stage.server.origin.replace("http:", "https:"), connectLimit: 3000 }));
  const peer = await stage.server.peer(0);
  await until("the handshake begins", () => peer.received !== "");
  stage.clock.advance(3000);
  expect(await sent).toBeInstanceOf(ConnectTimeout);
  await peer.closed;
});

/** How many connections to the port of `origin` wait for their first answer, as Linux tells it. */
function connecting(origin: string): number {
  const port = Number(new URL(origin).port).toString(16).toUpperCase().padStart(4, "0");
  const lines = readFileSync("/proc/net/tcp", "latin1").split("\n");
  return lines.filter((line) => new RegExp(`^ *\\d+: \\S+ \\w+:${port} 02 `).test(line)).length;
}

test.skipIf(process.platform !== "linux")(
  "at an address that takes no connections no more than 64 attempts go on that nobody waits for",
  async () => {
    const deaf = await deafServer();
    await using stage = await Stage.open(make);
    const before = connecting(deaf.origin);
    for (let count = 0; count < 80; count++) {
      const sent = rejection(stage.send({ url: deaf.origin, connectLimit: 3000 }));
      stage.clock.advance(3000);
      expect(await sent).toBeInstanceOf(ConnectTimeout);
    }
    await until("64 go on", () => connecting(deaf.origin) - before >= 64);
    await served(stage, 0);
    expect(connecting(deaf.origin) - before).toBe(64);
    deaf.close();
  },
);

test.each(["http://user:secret@127.0.0.1/", "http://user@127.0.0.1/", "ftp://127.0.0.1/", "nonsense"])(
  "the URL %s is refused",
  async (url) => {
    await using stage = await Stage.open(make);
    expect(await rejection(stage.send({ url }))).toBeInstanceOf(TypeError);
  },
);
