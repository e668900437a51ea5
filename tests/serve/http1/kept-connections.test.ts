import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { Clock } from "#src/core/clock.ts";
import type { Transport } from "#src/core/upstream.ts";
import { Http1Transport } from "#src/serve/http1/transport.ts";
import { rejection, served, Stage, textOf } from "#tests/contracts/transport-stage.ts";
import { Cancelling } from "#tests/support/cancelling.ts";
import { within } from "#tests/support/until.ts";

const make = (clock: Clock): Transport => new Http1Transport(clock);
const OK = "HTTP/1.1 200 OK\r\n";

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

  test("is kept for as long as the transport is told", async () => {
    await using stage = await Stage.open((clock) => {
      const transport = make(clock);
      transport.keepIdle?.(10_000);
      return transport;
    });
    await textOf((await stage.answered(`${OK}content-length: 2\r\n\r\nok`)).body);
    stage.clock.advance(9999);
    await served(stage, 0);
    stage.clock.advance(10_000);
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
