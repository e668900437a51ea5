import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { ShownCertificates } from "#src/core/host.ts";
import { certificateOf } from "#tests/support/certificates.ts";
import type { Story } from "./host-app.ts";
import { type Address, ask, RawClient } from "./raw-client.ts";

/** A listener with the app of host-app.ts, perhaps in another process. */
export interface OpenedHost {
  readonly port: number;
  /** Rejects with the host's own message. */
  show(tls: ShownCertificates): Promise<void>;
  stop(force: boolean): Promise<void>;
}

/** Opens listeners of the host under test; `tls` makes them TLS. Rejects with the host's own message. */
export interface HostUnderTest {
  listen(port: number, tls?: ShownCertificates): Promise<OpenedHost>;
  close(): Promise<void>;
}

let serial = 0;
const newId = (): string => `request-${++serial}`;

async function story(port: Address, id: string): Promise<Story> {
  return JSON.parse((await ask(port, "GET", `/story?id=${id}`)).body) as Story;
}

/** Waits until the server tells of `field`; the test's own limit ends the wait. */
async function when(port: Address, id: string, field: keyof Story): Promise<Story> {
  return JSON.parse((await ask(port, "GET", `/when?id=${id}&field=${field}`)).body) as Story;
}

/** The bodies a leaving client may have sent, and in how many writes. */
const BODIES: readonly { name: string; body?: string; split?: boolean }[] = [
  { name: "no body" },
  { name: "a small body", body: "x".repeat(10) },
  { name: "a 1 KB body", body: "x".repeat(1000) },
  { name: "a 100 KB body", body: "x".repeat(100_000) },
  { name: "a body in two writes", body: "x".repeat(1000), split: true },
];

async function post(client: RawClient, path: string, body: string | undefined, split = false): Promise<void> {
  if (body === undefined) return client.request("GET", path);
  if (!split) return client.request("POST", path, body);
  await client.send(`POST ${path} HTTP/1.1\r\nHost: sluice.test\r\nContent-Length: ${body.length}\r\n\r\n`);
  await client.send(body.slice(0, body.length >> 1));
  await client.send(body.slice(body.length >> 1));
}

/** What every host must do, whatever it runs on; `secure`: over TLS. */
export function hostContract(name: string, start: () => Promise<HostUnderTest>, secure = false): void {
  describe(`host contract: ${name}`, () => {
    let host: HostUnderTest;
    let main: OpenedHost;
    const open = (port = 0): Promise<OpenedHost> =>
      host.listen(port, secure ? { certificates: [certificateOf("a.test")] } : undefined);
    const at = (): Address => ({ port: main.port, secure });
    beforeAll(async () => {
      host = await start();
      main = await open();
    });
    afterAll(async () => {
      await main.stop(true);
      await host.close();
    });
    requests(at);
    streams(at);
    departures(at);
    webSockets(at);
    stopping(open, at);
  });
}

function requests(at: () => Address): void {
  test("method, target, headers and body arrive as sent", async () => {
    const answer = await ask(at(), "PUT", "/echo?a=%2F&b=c%20d", "héllo", "X-Test: one\r\nX-Test: two\r\n");
    const heard = JSON.parse(answer.body) as Record<string, unknown> & { headers: Record<string, string> };
    expect(heard).toMatchObject({
      method: "PUT",
      target: "/echo?a=%2F&b=c%20d",
      secure: at().secure,
      remoteAddress: "127.0.0.1",
    });
    expect(heard.headers).toMatchObject({ host: "sluice.test", "x-test": "one, two" });
    expect(heard["size"]).toBe(5);
  });

  test("status and repeated headers leave as answered, and a short body has its length", async () => {
    const client = await RawClient.open(at());
    await client.request("GET", "/teapot");
    const raw = await client.until((text) => (text.includes("short") ? text : undefined));
    expect(raw).toStartWith("HTTP/1.1 418");
    expect(raw?.match(/set-cookie: (a=1|b=2)/gi)).toHaveLength(2);
    expect(raw?.toLowerCase()).toContain("content-length: 5");
    client.socket.destroy();
  });

  test("204 and HEAD have no body, and the connection goes on", async () => {
    const client = await RawClient.open(at());
    await client.request("GET", "/none");
    expect((await client.answer()).status).toBe(204);
    await client.request("HEAD", "/teapot");
    expect((await client.answer("HEAD")).status).toBe(418);
    await client.request("GET", "/teapot");
    expect((await client.answer()).body).toBe("short");
    client.socket.destroy();
  });

  test("a connection is used again after bodies of any size, read or not", async () => {
    const client = await RawClient.open(at());
    for (const path of ["/echo", "/unread"]) {
      for (const size of [0, 10, 1000, 100_000]) {
        await client.request("POST", path, "x".repeat(size));
        expect((await client.answer()).status).toBe(200);
      }
    }
    expect(client.over).toBe(false);
    client.socket.destroy();
  });

  test("a connection is used again when the answer came before a body that nobody read", async () => {
    const client = await RawClient.open(at());
    for (const path of ["/unread", "/partly-read"]) {
      const body = "x".repeat(400_000);
      await client.send(`POST ${path} HTTP/1.1\r\nHost: sluice.test\r\nContent-Length: ${body.length}\r\n\r\n`);
      await client.send(body.slice(0, 200_000));
      expect((await client.answer()).status).toBe(200);
      await client.send(body.slice(200_000));
      await client.request("GET", "/teapot");
      expect((await client.answer()).body).toBe("short");
    }
    client.socket.destroy();
  });

  test("20 MB arrive whole", async () => {
    const answer = await ask(at(), "POST", "/echo", "x".repeat(20_000_000));
    expect(JSON.parse(answer.body)).toMatchObject({ size: 20_000_000 });
  });

  test("a chunked body arrives whole", async () => {
    const client = await RawClient.open(at());
    await client.request("POST", "/echo", undefined, "Transfer-Encoding: chunked\r\n");
    await client.send("3\r\nabc\r\n2\r\nde\r\n");
    await client.send("0\r\n\r\n");
    expect(JSON.parse((await client.answer()).body)).toMatchObject({ body: "abcde" });
    client.socket.destroy();
  });

  test("a handler that throws is a plain 500 without its details", async () => {
    const answer = await ask(at(), "GET", "/throws");
    expect(answer.status).toBe(500);
    expect(answer.body).not.toContain("secret");
    expect(answer.headers.get("content-type")).toContain("application/json");
  });

  test("what is not HTTP is a 400", async () => {
    const client = await RawClient.open(at());
    await client.send("NOT HTTP AT ALL\r\n\r\n");
    await client.ended();
    expect(client.received).toStartWith("HTTP/1.1 400");
  });

  test("300 requests are held at a time", async () => {
    const ids = Array.from({ length: 300 }, newId);
    const clients = await Promise.all(ids.map(() => RawClient.open(at())));
    await Promise.all(clients.map((client, index) => client.request("POST", `/hold?id=${ids[index]}`, "{}")));
    await Promise.all(ids.map((id) => when(at(), id, "begun")));
    await Promise.all(ids.map((id) => released(at(), id)));
    const answers = await Promise.all(clients.map((client) => client.answer()));
    expect(new Set(answers.map((answer) => answer.body))).toEqual(new Set(["released"]));
    for (const client of clients) client.socket.destroy();
  });
}

/** Releases a held request; it may have begun without having come to its wait yet. */
async function released(port: Address, id: string): Promise<void> {
  while ((await ask(port, "GET", `/release?id=${id}`)).body !== "true");
}

function streams(at: () => Address): void {
  test("headers and events go out as they come", async () => {
    const id = newId();
    const client = await RawClient.open(at());
    await client.request("GET", `/quiet?id=${id}`);
    await client.until((text) => (text.includes("data: 1") ? true : undefined));
    expect(client.received).not.toContain("data: 2");
    expect(client.received.toLowerCase()).not.toContain("content-encoding");
    await released(at(), id);
    await client.until((text) => (text.includes("data: 2") ? true : undefined));
    await released(at(), id);
    expect((await client.answer()).body).toBe("data: 1\n\ndata: 2\n\n");
    expect(await story(at(), id)).toMatchObject({ aborted: false, cancelled: false });
    client.socket.destroy();
  });

  test.skipIf(process.env["SLUICE_SLOW_TESTS"] === undefined)(
    "a stream may be quiet for longer than Bun's default of 10 s",
    async () => {
      const id = newId();
      const client = await RawClient.open(at());
      await client.request("GET", `/quiet?id=${id}`);
      await client.until((text) => (text.includes("data: 1") ? true : undefined));
      await Bun.sleep(15_000);
      await released(at(), id);
      expect(await client.until((text) => (text.includes("data: 2") ? true : undefined))).toBe(true);
      client.socket.destroy();
    },
    20_000,
  );

  test("a slow reader slows the producer down", async () => {
    const id = newId();
    const client = await RawClient.open(at());
    const chunks = 4096;
    client.socket.once("data", () => client.socket.pause());
    await client.request("GET", `/endless?id=${id}&chunks=${chunks}`);
    await when(at(), id, "begun");
    // Nobody reads: the figure must come to rest, far from the whole 256 MB.
    let rest = 0;
    for (let produced = -1; rest < 25;) {
      const now = (await story(at(), id)).produced;
      rest = now === produced ? rest + 1 : 0;
      produced = now;
    }
    expect((await story(at(), id)).produced).toBeLessThan(64 * 1024 * 1024);
    client.socket.destroy();
    await when(at(), id, "cancelled");
  }, 20_000);

  test("a body that fails is cut, never ended as if it were whole", async () => {
    const client = await RawClient.open(at());
    await client.request("GET", `/fails?id=${newId()}`);
    await client.ended();
    expect(client.received).not.toContain("\r\n0\r\n");
    client.socket.destroy();
  });
}

const LEAVING: readonly { name: string; leave: (client: RawClient) => void }[] = [
  { name: "closes", leave: (client) => void client.socket.destroy() },
  { name: "resets", leave: (client) => void client.socket.resetAndDestroy() },
];

function departures(at: () => Address): void {
  for (const { name, body, split } of BODIES) {
    for (const { name: how, leave } of LEAVING) {
      test(`a client that ${how} before the headers, after ${name}, aborts the signal`, async () => {
        const id = newId();
        const client = await RawClient.open(at());
        await post(client, `/hold?id=${id}`, body, split);
        await when(at(), id, "begun");
        leave(client);
        expect((await when(at(), id, "aborted")).aborted).toBe(true);
      });
    }

    test(`an answered request with ${name} does not abort the signal`, async () => {
      const id = newId();
      const client = await RawClient.open(at());
      await post(client, `/echo?id=${id}`, body, split);
      await client.answer();
      await client.request("GET", "/teapot");
      await client.answer();
      expect((await story(at(), id)).aborted).toBe(false);
      client.socket.destroy();
    });
  }

  test("a client that leaves in the middle of its body aborts the signal", async () => {
    const id = newId();
    const client = await RawClient.open(at());
    await client.send(`POST /hold?id=${id} HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nhalf`);
    await when(at(), id, "begun");
    client.socket.destroy();
    await when(at(), id, "aborted");
  });

  test("a client that leaves between two events ends the body", async () => {
    const id = newId();
    const client = await RawClient.open(at());
    await client.request("POST", `/quiet?id=${id}`, "x".repeat(1000));
    await client.until((text) => (text.includes("data: 1") ? true : undefined));
    client.socket.destroy();
    expect((await when(at(), id, "aborted")).aborted).toBe(true);
  });
}

/** The server's WebSocket as the platform's own client sees it. */
async function openSocket(
  { port, secure }: Address,
  path: string,
): Promise<{ socket: WebSocket; next: () => Promise<MessageEvent> }> {
  const url = `${secure ? "wss" : "ws"}://127.0.0.1:${port}${path}`;
  const socket = new WebSocket(url, { protocols: ["chat", "other"], tls: { rejectUnauthorized: false } });
  socket.binaryType = "arraybuffer";
  const messages: MessageEvent[] = [];
  let wake: () => void = () => undefined;
  socket.addEventListener("message", (event) => {
    messages.push(event);
    wake();
  });
  const next = async (): Promise<MessageEvent> => {
    for (;;) {
      const message = messages.shift();
      if (message !== undefined) return message;
      await new Promise<void>((resolve) => (wake = resolve));
    }
  };
  await new Promise((resolve, reject) => {
    socket.addEventListener("open", resolve);
    socket.addEventListener("error", reject);
  });
  return { socket, next };
}

function webSockets(at: () => Address): void {
  test("a WebSocket carries text and bytes both ways, whatever their size", async () => {
    const { socket, next } = await openSocket(at(), `/socket?id=${newId()}`);
    expect(socket.protocol).toBe("chat");
    expect((await next()).data).toBe("hello");
    for (const size of [0, 1, 125, 126, 65_535, 65_536, 3_000_000]) {
      socket.send("é".repeat(size));
      expect((await next()).data).toBe("é".repeat(size));
      socket.send(new Uint8Array(size).fill(7));
      expect(new Uint8Array((await next()).data as ArrayBuffer)).toEqual(new Uint8Array(size).fill(7));
    }
    socket.close();
  });

  test("the client's close code reaches the server", async () => {
    const id = newId();
    const { socket, next } = await openSocket(at(), `/socket?id=${id}`);
    await next();
    socket.close(4001, "enough");
    expect((await when(at(), id, "closed")).closed).toBe("4001 enough");
  });

  test("the server's close code reaches the client", async () => {
    const { socket } = await openSocket(at(), `/socket?id=${newId()}`);
    const closed = new Promise<CloseEvent>((resolve) => socket.addEventListener("close", resolve));
    socket.send("close:4002:thank you");
    expect(await closed).toMatchObject({ code: 4002, reason: "thank you" });
  });

  test("a client that is gone without a close frame is 1006", async () => {
    const id = newId();
    const client = await RawClient.open(at());
    const upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n";
    await client.request(
      "GET",
      `/socket?id=${id}`,
      undefined,
      `${upgrade}Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n`,
    );
    await client.until((text) => (text.includes("hello") ? true : undefined));
    expect(client.received).toContain("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    client.socket.destroy();
    expect((await when(at(), id, "closed")).closed).toStartWith("1006");
  });

  test("a declined upgrade is an ordinary answer", async () => {
    const upgrade =
      "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    expect(await ask(at(), "GET", "/refused", undefined, upgrade)).toMatchObject({ status: 403, body: "refused" });
  });

  test("an offer of another protocol is ignored, body and all", async () => {
    const answer = await ask(at(), "POST", "/echo", "abc", "Connection: Upgrade\r\nUpgrade: h2c\r\n");
    expect(JSON.parse(answer.body)).toMatchObject({ body: "abc" });
  });
}

async function accepts(port: Address): Promise<boolean> {
  const client = await RawClient.open(port).catch(() => undefined);
  client?.socket.destroy();
  return client !== undefined;
}

function stopping(open: (port?: number) => Promise<OpenedHost>, at: () => Address): void {
  test("a stop refuses new connections, lets open streams end, and then resolves", async () => {
    const listener = await open();
    const address = { port: listener.port, secure: at().secure };
    const id = newId();
    const idle = await RawClient.open(address);
    await idle.request("GET", "/teapot");
    await idle.answer();
    const client = await RawClient.open(address);
    await client.request("GET", `/quiet?id=${id}`);
    await client.until((text) => (text.includes("data: 1") ? true : undefined));
    let stopped = false;
    const stop = listener.stop(false).then(() => (stopped = true));
    await idle.ended();
    while (await accepts(address));
    expect(stopped).toBe(false);
    // The app is one for all listeners of a host, so another one can release it.
    await released(at(), id);
    await released(at(), id);
    expect((await client.answer()).body).toEndWith("data: 2\n\n");
    await stop;
    await client.ended();
  });

  test("a stop by force cuts streams and WebSockets", async () => {
    const listener = await open();
    const address = { port: listener.port, secure: at().secure };
    const id = newId();
    const client = await RawClient.open(address);
    await client.request("GET", `/quiet?id=${id}`);
    await client.until((text) => (text.includes("data: 1") ? true : undefined));
    const { socket } = await openSocket(address, `/socket?id=${newId()}`);
    const closed = new Promise((resolve) => socket.addEventListener("close", resolve));
    await listener.stop(true);
    await client.ended();
    await closed;
  });

  test("a port in use is told kindly", async () => {
    const { port } = at();
    const message = await open(port).then(
      () => "opened",
      (error: Error) => error.message,
    );
    expect(message).toStartWith(`port ${port} is in use; choose another`);
  });
}
