import { describe, expect, test } from "bun:test";
import type { UpstreamAnswer } from "#src/core/upstream.ts";
import { type MakeTransport, Stage, textOf } from "./transport-stage.ts";

const CHUNKED = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";

interface Framed {
  readonly name: string;
  readonly bytes: string;
  readonly status?: number;
  readonly body: string;
}

/** Answers whose end their framing tells. */
const FRAMED: readonly Framed[] = [
  { name: "of a length", bytes: "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello", body: "hello" },
  { name: "of no bytes", bytes: "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", body: "" },
  { name: "without a reason", bytes: "HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok", body: "ok" },
  { name: "without a body by its status", bytes: "HTTP/1.1 204 No Content\r\n\r\n", status: 204, body: "" },
  { name: "in chunks", bytes: `${CHUNKED}5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n`, body: "hello world" },
  { name: "in chunks of upper-case sizes", bytes: `${CHUNKED}A\r\n0123456789\r\n00\r\n\r\n`, body: "0123456789" },
  {
    name: "in chunks with extensions",
    bytes: `${CHUNKED}3;a=b;c="d"\r\none\r\n3;e\r\ntwo\r\n0;last\r\n\r\n`,
    body: "onetwo",
  },
  { name: "in chunks with trailers", bytes: `${CHUNKED}2\r\nhi\r\n0\r\nx-sum: 1\r\nx-more: 2\r\n\r\n`, body: "hi" },
  { name: "in chunks that hold line ends", bytes: `${CHUNKED}6\r\na\r\n0\r\n\r\n0\r\n\r\n`, body: "a\r\n0\r\n" },
  {
    name: "behind informational ones",
    bytes:
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 201 Created\r\ncontent-length: 4\r\n\r\nmade",
    status: 201,
    body: "made",
  },
  {
    name: "of an error",
    bytes: "HTTP/1.1 429 Too Many Requests\r\ncontent-length: 4\r\n\r\nslow",
    status: 429,
    body: "slow",
  },
];

const read = async ({ status, body }: UpstreamAnswer): Promise<unknown> => ({ status, body: await textOf(body) });

/** How answers are read. */
export function describeAnswers(make: MakeTransport): void {
  describe("an answer", () => {
    test.each(FRAMED)("$name is whole, in one piece and byte by byte, and keeps the connection", async (framed) => {
      const { bytes, status = 200, body } = framed;
      await using stage = await Stage.open(make);
      expect(await read(await stage.answered(bytes))).toEqual({ status, body });
      const [peer] = stage.server.peers;
      const second = stage.send();
      await peer?.request();
      const dripping = peer?.drip(bytes);
      expect(await read(await second)).toEqual({ status, body });
      await dripping;
      expect(stage.server.peers).toHaveLength(1);
    });

    test("ends with the connection where nothing else says so", async () => {
      await using stage = await Stage.open(make);
      const sent = stage.answered("HTTP/1.0 200 OK\r\ncontent-type: text/event-stream\r\n\r\nuntil ");
      const { body } = await sent;
      const [peer] = stage.server.peers;
      await peer?.send("the end");
      peer?.socket.end();
      expect(await textOf(body)).toBe("until the end");
    });

    test("to HEAD has no body, whatever its length says", async () => {
      await using stage = await Stage.open(make);
      const answer = await stage.answered("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n", {
        method: "HEAD",
        body: undefined,
      });
      expect(await textOf(answer.body)).toBe("");
      expect(answer.headers.get("content-length")).toBe("100");
    });

    test("has its headers by lower-case names, without the blanks around them, as Latin-1", async () => {
      await using stage = await Stage.open(make);
      const { headers } = await stage.answered(
        "HTTP/1.1 200 OK\r\nX-Name: \t caf\xe9 au lait\t \r\nx-empty:\r\nX-Twice: a\r\nx-twice: b\r\ncontent-length: 0\r\n\r\n",
      );
      expect(headers.get("x-name")).toBe("caf\xe9 au lait");
      expect(headers.get("x-empty")).toBe("");
      expect(headers.get("x-twice")).toBe("a, b");
      expect(headers.get("x-none")).toBeNull();
      const names: string[] = [];
      headers.forEach((_, name) => names.push(name));
      expect(names).toEqual(expect.arrayContaining(["x-name", "x-twice", "content-length"]));
    });

    test("that redirects is handed on, not followed", async () => {
      await using stage = await Stage.open(make);
      const { status, headers } = await stage.answered(
        `HTTP/1.1 307 Temporary Redirect\r\nlocation: ${stage.server.origin}/other\r\ncontent-length: 0\r\n\r\n`,
      );
      expect(status).toBe(307);
      expect(headers.get("location")).toEndWith("/other");
      expect(stage.server.peers[0]?.received).toBe("");
    });

    test("is handed on as it comes", async () => {
      await using stage = await Stage.open(make);
      const { body } = await stage.answered(`${CHUNKED}3\r\none\r\n`);
      expect(Buffer.from((await body.read()) ?? []).toString()).toBe("one");
      await stage.server.peers[0]?.send("3\r\ntwo\r\n");
      expect(Buffer.from((await body.read()) ?? []).toString()).toBe("two");
      await stage.server.peers[0]?.send("0\r\n\r\n");
      expect(await body.read()).toBeUndefined();
    });
  });
}
