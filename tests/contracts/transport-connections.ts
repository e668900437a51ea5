import { describe, expect, test } from "bun:test";
import { type MakeTransport, rejection, Stage, textOf } from "./transport-stage.ts";

const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n";

/** Answers after which the connection takes no other request, though the server leaves it open. */
const LAST: readonly (readonly [string, string])[] = [
  ["says that it is the last", `${OK}connection: close\r\n\r\nok`],
  ["says so among others", `${OK}Connection: x-trace, Close\r\n\r\nok`],
  ["is of HTTP/1.0", "HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok"],
];

/** Which connection a request takes. */
export function describeConnections(make: MakeTransport): void {
  describe("a connection", () => {
    test("is used again when its answer was read, and never by two at a time", async () => {
      await using stage = await Stage.open(make);
      const { body } = await stage.answered(`${OK}\r\no`);
      const second = stage.send();
      await (await stage.server.peer(1)).answer("second");
      expect(await textOf((await second).body)).toBe("second");
      await stage.server.peers[0]?.send("k");
      expect(await textOf(body)).toBe("ok");
      expect(stage.server.peers).toHaveLength(2);
    });

    test("goes to the address that is given, and asks there for the host", async () => {
      await using stage = await Stage.open(make);
      const { port } = new URL(stage.server.origin);
      const sent = stage.send({ url: `http://upstream.invalid:${port}/v1/x?y=1`, addresses: ["127.0.0.1"] });
      const peer = await stage.server.peer(0);
      const asked = await peer.request();
      await peer.send(`${OK}\r\nok`);
      expect(await textOf((await sent).body)).toBe("ok");
      expect(asked.line).toBe("POST /v1/x?y=1 HTTP/1.1");
      expect(asked.headers.get("host")).toBe(`upstream.invalid:${port}`);
    });

    test.each(LAST)("whose answer %s is not used again", async (_, bytes) => {
      await using stage = await Stage.open(make);
      expect(await textOf((await stage.answered(bytes)).body)).toBe("ok");
      await stage.server.peers[0]?.closed;
      const second = stage.send();
      await (await stage.server.peer(1)).answer("fresh");
      expect(await textOf((await second).body)).toBe("fresh");
    });

    test("of HTTP/1.0 that is to be kept is used again", async () => {
      await using stage = await Stage.open(make);
      await textOf(
        (await stage.answered("HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: 2\r\n\r\nok")).body,
      );
      const second = stage.send();
      await stage.server.peers[0]?.answer("again");
      expect(await textOf((await second).body)).toBe("again");
    });

    test("that the server closes while it is idle is no obstacle to the next request", async () => {
      await using stage = await Stage.open(make);
      await textOf((await stage.answered(`${OK}\r\nok`)).body);
      const [first] = stage.server.peers;
      first?.socket.destroy();
      await first?.closed;
      const second = stage.send();
      await (await stage.server.peer(1)).answer("fresh");
      expect(await textOf((await second).body)).toBe("fresh");
    });

    test("that is fresh and closed without an answer is an error; nothing is sent again", async () => {
      await using stage = await Stage.open(make);
      const sent = rejection(stage.send());
      const peer = await stage.server.peer(0);
      await peer.request();
      peer.socket.destroy();
      expect(await sent).toBeInstanceOf(Error);
      expect(stage.server.peers).toHaveLength(1);
    });

    test.each(["H", "HTTP/1.1 2", OK])(
      "that is closed after %j came is an error; nothing is sent again",
      async (bytes) => {
        await using stage = await Stage.open(make);
        await textOf((await stage.answered(`${OK}\r\nok`)).body);
        const second = rejection(stage.send());
        const [peer] = stage.server.peers;
        await peer?.request();
        await peer?.send(bytes);
        peer?.socket.end();
        expect(await second).toBeInstanceOf(Error);
        expect(stage.server.peers).toHaveLength(1);
      },
    );

    test("to an IPv6 address is made", async () => {
      await using stage = await Stage.open(make, { host: "::1" });
      const sent = stage.send();
      const { headers } = await (await stage.server.peer(0)).answer("six");
      expect(await textOf((await sent).body)).toBe("six");
      expect(headers.get("host")).toBe(new URL(stage.server.origin).host);
    });
  });
}
