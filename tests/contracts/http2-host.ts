import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { constants } from "node:http2";
import { certificateOf } from "#tests/support/certificates.ts";
import type { Story } from "./host-app.ts";
import type { HostUnderTest, OpenedHost } from "./host.ts";
import { Http2Client } from "./http2-client.ts";

let serial = 0;
const newId = (): string => `stream-${++serial}`;

const TLS = { certificates: [certificateOf("a.test")] };

async function story(client: Http2Client, id: string): Promise<Story> {
  return JSON.parse((await client.answer("GET", `/story?id=${id}`)).body) as Story;
}

/** Waits until the server tells of `field`; the test's own limit ends the wait. */
async function when(client: Http2Client, id: string, field: keyof Story): Promise<Story> {
  return JSON.parse((await client.answer("GET", `/when?id=${id}&field=${field}`)).body) as Story;
}

/** Releases a held request; it may have begun without having come to its wait yet. */
async function released(client: Http2Client, id: string): Promise<void> {
  while ((await client.answer("GET", `/release?id=${id}`)).body !== "true");
}

/** What every host's HTTP/2 must do; with `secure` false without TLS, to clients that know that they may. */
export function http2Contract(name: string, start: () => Promise<HostUnderTest>, secure = true): void {
  describe(`HTTP/2 contract: ${name}`, () => {
    let host: HostUnderTest;
    let main: OpenedHost;
    let client: Http2Client;
    beforeAll(async () => {
      host = await start();
      main = await host.listen(0, secure ? TLS : undefined);
      client = await Http2Client.open(main.port, secure);
    });
    afterAll(async () => {
      client.session.destroy();
      await main.stop(true);
      await host.close();
    });
    const on = (): Http2Client => client;
    requests(on, secure);
    streams(on, () => Http2Client.open(main.port, secure));
    webSockets(on);
    stopping(() => host.listen(0, secure ? TLS : undefined), secure);
  });
}

function requests(on: () => Http2Client, secure: boolean): void {
  test("method, target, headers and body arrive as sent", async () => {
    const { body } = await on().answer("PUT", "/echo?a=%2F&b=c%20d", "héllo", {
      "x-test": ["one", "two"],
      cookie: ["a=1", "b=2"],
    });
    expect(JSON.parse(body)).toMatchObject({
      method: "PUT",
      target: "/echo?a=%2F&b=c%20d",
      headers: { host: "sluice.test", "x-test": "one, two", cookie: "a=1; b=2" },
      body: "héllo",
      secure,
      remoteAddress: "127.0.0.1",
    });
  });

  test("status and repeated headers leave as answered, and a short body has its length", async () => {
    const answer = await on().answer("GET", "/teapot");
    expect(answer).toMatchObject({
      status: 418,
      body: "short",
      headers: { "x-one": "1", "set-cookie": ["a=1", "b=2"], "content-length": "5" },
    });
  });

  test("204 and HEAD have no body", async () => {
    expect(await on().answer("GET", "/none")).toMatchObject({ status: 204, body: "" });
    expect(await on().answer("HEAD", "/teapot")).toMatchObject({ status: 418, body: "" });
  });

  test("bodies of any size, read or not, leave the session usable", async () => {
    for (const path of ["/echo", "/unread", "/partly-read"])
      for (const size of [0, 10, 1000, 100_000, 3_000_000])
        expect(await on().answer("POST", path, "x".repeat(size))).toMatchObject({ status: 200 });
  });

  test("20 MB arrive whole", async () => {
    const { body } = await on().answer("POST", "/echo", "x".repeat(20_000_000));
    expect(JSON.parse(body)).toMatchObject({ size: 20_000_000 });
  });

  test("a handler that throws is a plain 500 without its details", async () => {
    const answer = await on().answer("GET", "/throws");
    expect(answer.status).toBe(500);
    expect(answer.body).not.toContain("secret");
  });

  test("a CONNECT that opens no WebSocket is a 400", async () => {
    const asked = on().ask("CONNECT", "/echo", undefined, { ":protocol": "something" });
    expect((await asked.head())[":status"]).toBe(400 as never);
  });

  test("500 requests are held at a time on one session", async () => {
    const ids = Array.from({ length: 500 }, newId);
    const asked = ids.map((id) => on().ask("POST", `/hold?id=${id}`, "{}"));
    await Promise.all(ids.map((id) => when(on(), id, "begun")));
    await Promise.all(ids.map((id) => released(on(), id)));
    const answers = await Promise.all(asked.map((one) => one.answer()));
    expect(new Set(answers.map(({ body }) => body))).toEqual(new Set(["released"]));
  });
}

function streams(on: () => Http2Client, another: () => Promise<Http2Client>): void {
  test("headers and events go out as they come", async () => {
    const id = newId();
    const asked = on().ask("GET", `/quiet?id=${id}`);
    await asked.until(() => asked.body.includes("data: 1"));
    expect(asked.body).not.toContain("data: 2");
    await released(on(), id);
    await asked.until(() => asked.body.includes("data: 2"));
    await released(on(), id);
    expect((await asked.answer()).body).toBe("data: 1\n\ndata: 2\n\n");
    expect(await story(on(), id)).toMatchObject({ aborted: false, cancelled: false });
  });

  test("a slow reader slows its producer down, and no other stream of the session", async () => {
    const id = newId();
    const asked = on().ask("GET", `/endless?id=${id}&chunks=4096`);
    await asked.until(() => asked.size > 0);
    asked.stream.pause();
    // Nobody reads: the figure must come to rest, far from the whole 256 MB.
    let rest = 0;
    for (let produced = -1; rest < 25;) {
      const now = (await story(on(), id)).produced;
      rest = now === produced ? rest + 1 : 0;
      produced = now;
    }
    expect((await story(on(), id)).produced).toBeLessThan(64 * 1024 * 1024);
    expect(await on().answer("GET", "/teapot")).toMatchObject({ body: "short" });
    asked.stream.close(constants.NGHTTP2_CANCEL);
    await when(on(), id, "cancelled");
  }, 20_000);

  test("a body that fails ends with an error, never as if it were whole", async () => {
    const asked = on().ask("GET", `/fails?id=${newId()}`);
    await asked.answer();
    expect(asked.stream.rstCode).not.toBe(constants.NGHTTP2_NO_ERROR);
    expect(await on().answer("GET", "/teapot")).toMatchObject({ body: "short" });
  });

  for (const body of [undefined, "", "x".repeat(100_000), null]) {
    const told = body === null ? "half a body" : body === undefined ? "no body" : `${body.length} bytes`;
    test(`a request cancelled before its headers, after ${told}, aborts the signal`, async () => {
      const id = newId();
      const asked = on().ask("POST", `/hold?id=${id}`, body);
      if (body === null) asked.stream.write("half");
      await when(on(), id, "begun");
      asked.stream.close(constants.NGHTTP2_CANCEL);
      expect((await when(on(), id, "aborted")).aborted).toBe(true);
    });
  }

  test("a stream cancelled between two events ends the body", async () => {
    const id = newId();
    const asked = on().ask("POST", `/quiet?id=${id}`, "x".repeat(1000));
    await asked.until(() => asked.body.includes("data: 1"));
    asked.stream.close(constants.NGHTTP2_CANCEL);
    expect((await when(on(), id, "aborted")).aborted).toBe(true);
  });

  test("a connection that is cut aborts all its requests", async () => {
    const other = await another();
    const ids = Array.from({ length: 20 }, newId);
    for (const id of ids) other.ask("GET", `/quiet?id=${id}`);
    await Promise.all(ids.map((id) => when(on(), id, "begun")));
    other.session.destroy();
    for (const id of ids) expect((await when(on(), id, "aborted")).aborted).toBe(true);
  });

  test("an answered request does not abort its signal", async () => {
    for (const body of [undefined, "", "x".repeat(100_000)]) {
      const id = newId();
      await on().answer("POST", `/echo?id=${id}`, body);
      await on().answer("GET", "/teapot");
      expect((await story(on(), id)).aborted).toBe(false);
    }
  });
}

/** A masked text frame of up to 125 bytes. */
function frame(opcode: number, payload: string): Uint8Array {
  const bytes = new TextEncoder().encode(payload);
  return Uint8Array.from([0x80 | opcode, 0x80 | bytes.length, 0, 0, 0, 0, ...bytes]);
}

function webSockets(on: () => Http2Client): void {
  const websocket = {
    ":protocol": "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-protocol": "chat, other",
  };

  test("a WebSocket is opened on a stream (RFC 8441), and carries messages both ways", async () => {
    const id = newId();
    const asked = on().ask("CONNECT", `/socket?id=${id}`, null, websocket);
    expect(await asked.head()).toMatchObject({ ":status": 200, "sec-websocket-protocol": "chat" });
    await asked.until(() => asked.body.includes("hello"));
    asked.stream.write(frame(1, "there"));
    await asked.until(() => asked.body.includes("there"));
    asked.stream.end(frame(8, "\u000f\u00a1".slice(0, 0)));
    expect((await when(on(), id, "closed")).closed).toStartWith("1005");
  });

  test("a WebSocket whose stream is cut is 1006", async () => {
    const id = newId();
    const asked = on().ask("CONNECT", `/socket?id=${id}`, null, websocket);
    await asked.until(() => asked.body.includes("hello"));
    asked.stream.close(constants.NGHTTP2_CANCEL);
    expect((await when(on(), id, "closed")).closed).toStartWith("1006");
  });

  test("a declined WebSocket is an ordinary answer", async () => {
    expect(await on().ask("CONNECT", "/refused", null, websocket).head()).toMatchObject({ ":status": 403 });
  });
}

function stopping(open: () => Promise<OpenedHost>, secure: boolean): void {
  test("a stop tells clients to go, lets open streams end, and then resolves", async () => {
    const listener = await open();
    const idle = await Http2Client.open(listener.port, secure);
    const client = await Http2Client.open(listener.port, secure);
    const id = newId();
    const asked = client.ask("GET", `/quiet?id=${id}`);
    await asked.until(() => asked.body.includes("data: 1"));
    let stopped = false;
    const stop = listener.stop(false).then(() => (stopped = true));
    await idle.closed;
    expect(stopped).toBe(false);
    // The app is one for all listeners of a host, so another one can release it.
    const other = await open();
    const helper = await Http2Client.open(other.port, secure);
    await released(helper, id);
    await released(helper, id);
    expect((await asked.answer()).body).toBe("data: 1\n\ndata: 2\n\n");
    await stop;
    await client.closed;
    expect(client.goneAway).toBe(true);
    helper.session.destroy();
    await other.stop(true);
  });

  test("a stop by force cuts streams", async () => {
    const listener = await open();
    const client = await Http2Client.open(listener.port, secure);
    const asked = client.ask("GET", `/quiet?id=${newId()}`);
    await asked.until(() => asked.body.includes("data: 1"));
    await listener.stop(true);
    await client.closed;
    expect(asked.over).toBe(true);
  });
}
