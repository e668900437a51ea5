import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import type { Transport } from "#src/core/upstream.ts";
import { BadAnswer, ConnectTimeout } from "#src/core/upstream.ts";
import { Http1Transport } from "#src/serve/http1/transport.ts";
import { rejection, served, Stage, textOf } from "#tests/contracts/transport-stage.ts";
import { describeTransport } from "#tests/contracts/transport.ts";
import type { Clock } from "#src/core/clock.ts";
import { deafServer } from "#tests/support/deaf-server.ts";
import { until } from "#tests/support/until.ts";

const make = (clock: Clock): Transport => new Http1Transport(clock);
const OK = "HTTP/1.1 200 OK\r\n";

describeTransport("Http1Transport", (clock) => new Http1Transport(clock));

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

/** How many connections to the port of `origin` are in this state and have this timer, both as Linux writes them. */
function connections(origin: string, state: string, timer: string): number {
  const port = Number(new URL(origin).port).toString(16).toUpperCase().padStart(4, "0");
  const line = new RegExp(`^ *\\d+: \\S+ \\w+:${port} ${state} \\S+ ${timer}:`, "gm");
  return readFileSync("/proc/net/tcp", "latin1").match(line)?.length ?? 0;
}

/** How many wait for their first answer. */
const connecting = (origin: string): number => connections(origin, "02", "\\w+");
const onLinux = test.skipIf(process.platform !== "linux");

onLinux(
  "a connection that is silent is asked whether its peer is there, so that nobody on the way forgets it",
  async () => {
    await using stage = await Stage.open(make);
    void rejection(stage.send());
    await (await stage.server.peer(0)).request();
    await until("nothing else is awaited", () => connections(stage.server.origin, "01", "02") === 1);
  },
);

onLinux("at an address that takes no connections no more than 64 attempts go on that nobody waits for", async () => {
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
});

test.each(["http://user:secret@127.0.0.1/", "http://user@127.0.0.1/", "ftp://127.0.0.1/", "nonsense"])(
  "the URL %s is refused",
  async (url) => {
    await using stage = await Stage.open(make);
    expect(await rejection(stage.send({ url }))).toBeInstanceOf(TypeError);
  },
);

test("of the addresses that are given, the first that takes a connection is asked", async () => {
  await using stage = await Stage.open(make);
  const { port } = new URL(stage.server.origin);
  const sent = stage.send({ url: `http://upstream.invalid:${port}/`, addresses: ["127.0.0.9", "127.0.0.1"] });
  await (await stage.server.peer(0)).answer("second");
  expect(await textOf((await sent).body)).toBe("second");
});

test("a connection to one address is not kept for another of the same host", async () => {
  await using stage = await Stage.open(make);
  const url = `http://localhost:${new URL(stage.server.origin).port}/`;
  const served = async (number: number, addresses?: readonly string[]): Promise<void> => {
    const sent = stage.send({ url, ...(addresses === undefined ? {} : { addresses }) });
    await (await stage.server.peer(number)).answer("ok");
    await textOf((await sent).body);
  };
  await served(0);
  await served(1, ["127.0.0.1"]);
  await served(1, ["127.0.0.1"]);
  await served(2, ["127.0.0.1", "::1"]);
  await served(2, ["::1", "127.0.0.1"]);
  await served(0);
});
