import { describe, expect, test } from "bun:test";
import { array, assert, boolean, integer, property } from "fast-check";
import type { UpstreamAnswer } from "#src/core/upstream.ts";
import { Connection, type ConnectionOwner, type Wire } from "#src/serve/http1/connection.ts";
import type { Sender } from "#src/serve/http1/outbox.ts";
import type { Message } from "#src/serve/http1/request-message.ts";
import { Cancelling } from "#tests/support/cancelling.ts";

const OK = "HTTP/1.1 200 OK\r\n";
const latin1 = (text: string): Buffer => Buffer.from(text, "latin1");
const ASK: Message = { method: "POST", text: "ask", length: 3 };

/** A socket that takes as much as it is told to, and an owner that notes what it is told. */
class Played implements Wire, ConnectionOwner {
  /** How many bytes each write takes, in turn; then all. -1: the socket is closed. */
  takes: number[] = [];
  sent = "";
  reading = true;
  ended = false;
  alive = true;
  readonly told: string[] = [];
  /** What waits for the turn's end; undefined: nothing waits. */
  waiting: Sender[] | undefined;
  readonly outbox: ConnectionOwner["outbox"] = {
    add: (sender) => (this.waiting === undefined ? sender.sendNow() : void this.waiting.push(sender)),
  };
  readonly connection: Connection = new Connection(this, "http://a.test", this);

  write(data: Uint8Array | string): number {
    const bytes = Buffer.from(data);
    const taken = Math.min(bytes.length, this.takes.shift() ?? bytes.length);
    this.sent += bytes.toString("latin1", 0, Math.max(0, taken));
    return taken;
  }

  pause(): void {
    this.reading = false;
  }

  resume(): void {
    this.reading = true;
  }

  terminate(): void {
    this.ended = true;
  }

  ref(): void {
    this.alive = true;
  }

  unref(): void {
    this.alive = false;
  }

  idle(): void {
    this.told.push("idle");
  }

  gone(): void {
    this.told.push("gone");
  }

  /** Sends a request and has its answer come in these pieces. */
  async answered(...pieces: readonly string[]): Promise<UpstreamAnswer> {
    const answer = this.connection.request(ASK, new Cancelling());
    for (const piece of pieces) this.connection.data(latin1(piece));
    return answer;
  }
}

describe("a connection", () => {
  test("sends a request when its turn has come, and one that was given up by then not at all", () => {
    const [kept, left] = [new Played(), new Played()];
    const cancelling = new Cancelling();
    for (const played of [kept, left]) played.waiting = [];
    void kept.connection.request(ASK, new Cancelling());
    left.connection.request(ASK, cancelling).catch(() => {});
    expect(kept.sent).toBe("");
    cancelling.abort(new Error("given up"));
    for (const sender of [...(kept.waiting ?? []), ...(left.waiting ?? [])]) sender.sendNow();
    expect([kept.sent, left.sent]).toEqual(["ask", ""]);
  });

  test("reads on for the next answer though the last one was held back when its end came", async () => {
    const played = new Played();
    const large = "x".repeat(70_000);
    await played.answered(`${OK}content-length: ${large.length}\r\n\r\n${large}`);
    expect(played).toMatchObject({ told: ["idle"], reading: true, alive: false });
    const { status } = await played.answered(`${OK}content-length: 0\r\n\r\n`);
    expect(status).toBe(200);
  });

  test("keeps the process alive from a request to its answer's end", async () => {
    const played = new Played();
    await played.answered(`${OK}content-length: 1\r\n\r\nx`);
    expect(played.alive).toBe(false);
    await played.answered(`${OK}content-length: 1\r\n\r\n`);
    expect(played.alive).toBe(true);
    played.connection.data(latin1("x"));
    expect(played.alive).toBe(false);
  });

  test("does nothing more once it is closed", async () => {
    const played = new Played();
    const { body } = await played.answered(`${OK}content-length: 9\r\n\r\nabc`);
    body.cancel();
    played.connection.data(latin1("def"));
    played.connection.end();
    played.connection.closed(undefined);
    played.connection.close();
    expect(played).toMatchObject({ told: ["gone"], ended: true });
  });

  test("tells its owner of an answer once only, whoever closes it", async () => {
    const played = new Played();
    await played.answered(`${OK}connection: close\r\ncontent-length: 1\r\n\r\nx`);
    played.connection.closed(undefined);
    expect(played.told).toEqual(["gone"]);
  });

  test("takes nothing for a listener of its own that a reader of the body has put there", async () => {
    const played = new Played();
    const cancelling = new Cancelling();
    const answer = played.connection.request(ASK, cancelling);
    played.connection.data(latin1(`${OK}content-length: 2\r\n\r\nx`));
    await answer;
    const listener = (): void => {};
    cancelling.onAbort = listener;
    played.connection.data(latin1("y"));
    expect(played.told).toEqual(["idle"]);
    expect(cancelling.onAbort).toBe(listener);
  });

  test("is not kept when the socket took only a part of the request", async () => {
    const played = new Played();
    played.takes = [1];
    await played.answered(`${OK}content-length: 0\r\n\r\n`);
    expect(played).toMatchObject({ told: ["gone"], ended: true });
  });

  test("sends all of a request in its order, however much the socket takes at a time", async () => {
    const amounts = array(integer({ min: -1, max: 7 }), { maxLength: 30 });
    assert(
      property(amounts, array(integer({ min: 0, max: 9 }), { maxLength: 4 }), boolean(), (takes, sizes, asText) => {
        const played = new Played();
        played.takes = [...takes];
        const pieces = sizes.map((size, at) => latin1(String(at).repeat(size)));
        const whole = asText ? "\u00e9t\u00e9 \u{1f9a6}" : Buffer.concat(pieces).toString("latin1");
        const message: Message = asText
          ? { method: "POST", text: whole, length: Buffer.byteLength(whole) }
          : { method: "POST", pieces };
        played.connection.request(message, new Cancelling()).catch(() => {});
        for (let turn = 0; turn <= takes.length; turn++) played.connection.drain();
        expect(played.sent).toBe(asText ? Buffer.from(whole).toString("latin1") : whole);
      }),
    );
  });

  test("reads an answer the same however it is cut", async () => {
    const text = `HTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\n${OK}transfer-encoding: chunked\r\nx-a: \xe9\r\n\r\n3\r\nabc\r\n2;x\r\nde\r\n0\r\n\r\n`;
    for (let cut = 1; cut < text.length; cut++) {
      const played = new Played();
      const { status, headers, body } = await played.answered(text.slice(0, cut), text.slice(cut));
      let read = "";
      for (let chunk = await body.read(); chunk !== undefined; chunk = await body.read())
        read += Buffer.from(chunk).toString();
      expect([status, headers.get("x-a"), read, played.told]).toEqual([200, "\xe9", "abcde", ["idle"]]);
    }
  });
});
