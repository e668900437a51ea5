import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { ConnectTimeout } from "#src/core/upstream.ts";
import { freePort } from "#tests/support/backend.ts";
import { Cancelling } from "#tests/support/cancelling.ts";
import { type DeafServer, deafServer } from "#tests/support/deaf-server.ts";
import { until, within } from "#tests/support/until.ts";
import { type MakeTransport, rejection, Stage, textOf } from "./transport-stage.ts";

const OK = "HTTP/1.1 200 OK\r\n";

/** What is no HTTP answer, whatever comes after it. */
const GARBAGE: readonly (readonly [string, string])[] = [
  ["another protocol", "SSH-2.0-OpenSSH_9.9\r\n"],
  ["a status that is none", "HTTP/1.1 abc OK\r\ncontent-length: 0\r\n\r\n"],
  ["a length that is none", `${OK}content-length: ten\r\n\r\nhello`],
  ["lengths that contradict each other", `${OK}content-length: 5\r\ncontent-length: 6\r\n\r\nhello!`],
  ["a chunk of no size", `${OK}transfer-encoding: chunked\r\n\r\nxyz\r\nhello\r\n0\r\n\r\n`],
];

/** What can go wrong, and what then becomes of the connection. */
export function describeFailures(make: MakeTransport): void {
  describe("a failure", () => {
    test.each(GARBAGE)("%s in place of an answer is an error", async (_, bytes) => {
      await using stage = await Stage.open(make);
      const reading = stage.answered(bytes).then(({ body }) => textOf(body));
      expect(await rejection(reading)).toBeInstanceOf(Error);
      expect(stage.server.peers).toHaveLength(1);
      await stage.server.peers[0]?.closed;
    });

    test("a head without an end is an error", async () => {
      await using stage = await Stage.open(make);
      const sent = stage.answered(`${OK}${`x-filler: ${"x".repeat(1000)}\r\n`.repeat(1100)}`);
      expect(await rejection(sent)).toBeInstanceOf(Error);
      await stage.server.peers[0]?.closed;
    });

    test("an answer that is cut in its head is an error", async () => {
      await using stage = await Stage.open(make);
      const sent = rejection(stage.answered(`${OK}content-le`));
      const peer = await stage.server.peer(0);
      await until("the head is sent", () => peer.socket.bytesWritten > 0);
      peer.socket.end();
      expect(await sent).toBeInstanceOf(Error);
    });

    test.each([
      ["a length", "content-length: 100\r\n\r\nhello"],
      ["chunks", "transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n"],
      ["chunks, in one", "transfer-encoding: chunked\r\n\r\n9\r\nhello"],
    ])("an answer of %s that is cut in its body gives what came, then an error", async (_, rest) => {
      await using stage = await Stage.open(make);
      const { body } = await stage.answered(OK + rest);
      expect(Buffer.from((await body.read()) ?? []).toString()).toBe("hello");
      stage.server.peers[0]?.socket.end();
      expect(await rejection(body.read())).toBeInstanceOf(Error);
    });

    test("a port where nobody listens is an error", async () => {
      await using stage = await Stage.open(make);
      const url = `http://127.0.0.1:${await freePort()}/`;
      expect(await rejection(stage.send({ url }))).toBeInstanceOf(Error);
    });

    test("a host that nobody knows is an error", async () => {
      await using stage = await Stage.open(make);
      expect(await rejection(stage.send({ url: "http://sluice.invalid/" }))).toBeInstanceOf(Error);
    });

    describe("of an address that takes no connections", () => {
      let deaf: DeafServer;
      beforeAll(async () => {
        deaf = await deafServer();
      });
      afterAll(() => deaf.close());

      test("is told when the limit has passed, not before", async () => {
        await using stage = await Stage.open(make);
        const sent = rejection(stage.send({ url: `${deaf.origin}/`, connectLimit: 3000 }));
        await until("the limit runs", () => stage.clock.pending > 0);
        stage.clock.advance(2999);
        expect(await Promise.race([sent, Promise.resolve("waiting")])).toBe("waiting");
        stage.clock.advance(1);
        expect(await sent).toBeInstanceOf(ConnectTimeout);
      });

      test("can be cancelled", async () => {
        await using stage = await Stage.open(make);
        const cancelling = new Cancelling();
        const sent = rejection(stage.send({ url: `${deaf.origin}/` }, cancelling));
        const left = new Error("left");
        cancelling.abort(left);
        expect(await sent).toBe(left);
      });
    });
  });

  describe("a cancellation", () => {
    const left = new Error("left");

    test("before anything happens sends nothing, whether or not there is a connection", async () => {
      await using stage = await Stage.open(make);
      const cancelling = new Cancelling();
      cancelling.abort(left);
      expect(await rejection(stage.send({}, cancelling))).toBe(left);
      expect(stage.server.peers).toHaveLength(0);
      await textOf((await stage.answered(`${OK}content-length: 2\r\n\r\nok`)).body);
      expect(await rejection(stage.send({}, cancelling))).toBe(left);
      const next = stage.send();
      expect((await (await stage.server.peer(0)).answer("next")).body).toBe("ask");
      expect(await textOf((await next).body)).toBe("next");
    });

    test("before the head ends the connection", async () => {
      await using stage = await Stage.open(make);
      const cancelling = new Cancelling();
      const sent = rejection(stage.send({}, cancelling));
      const peer = await stage.server.peer(0);
      await peer.request();
      cancelling.abort(left);
      expect(await sent).toBe(left);
      await peer.closed;
      expect(stage.server.peers).toHaveLength(1);
    });

    test("in the body ends the connection, and the body with its fault", async () => {
      await using stage = await Stage.open(make);
      const cancelling = new Cancelling();
      const sent = stage.send({}, cancelling);
      const peer = await stage.server.peer(0);
      await peer.request();
      await peer.send(`${OK}content-length: 100\r\n\r\nhello`);
      const { body } = await sent;
      expect(Buffer.from((await body.read()) ?? []).toString()).toBe("hello");
      const next = rejection(body.read());
      cancelling.abort(left);
      expect(await next).toBe(left);
      await peer.closed;
    });

    test.each(["identity", "gzip"])("of the body by its reader ends the connection (%s)", async (coding) => {
      await using stage = await Stage.open(make);
      const answer = await stage.answered(`${OK}content-encoding: ${coding}\r\ntransfer-encoding: chunked\r\n\r\n`);
      answer.body.cancel();
      await within("the connection's end", stage.server.peers[0]!.closed);
    });

    test("after the answer was read ends nothing", async () => {
      await using stage = await Stage.open(make);
      const cancelling = new Cancelling();
      const sent = stage.send({}, cancelling);
      await (await stage.server.peer(0)).answer("ok");
      await textOf((await sent).body);
      cancelling.abort(left);
      const second = stage.send();
      await stage.server.peers[0]?.answer("again");
      expect(await textOf((await second).body)).toBe("again");
    });
  });
}
