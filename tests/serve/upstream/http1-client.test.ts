import { describe, expect, test } from "bun:test";
import type { ServiceClient, ServiceLink, ServiceRequest } from "#src/core/service-link.ts";
import { systemClock } from "#src/core/clock.ts";
import { classifyFailure } from "#src/core/fetch-failure.ts";
import { openServiceClient } from "#src/serve/upstream/open.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";
import { gate } from "#tests/support/gate.ts";
import { afterwards, pem, plainServer, proxyTo, tcpServer, tlsServer } from "./endpoints.ts";

const asking = (changes: Partial<ServiceRequest> = {}): ServiceRequest => ({
  method: "GET",
  headers: new Headers({ host: "shop.test" }),
  body: null,
  signal: new AbortController().signal,
  ...changes,
});

function clientOf(link: Partial<ServiceLink>, clock = systemClock): ServiceClient {
  const client = openServiceClient({ http2: false, ...link }, clock);
  afterwards(() => client.close());
  return client;
}

const A = pem("a.test");
const trusted = { verify: true, ca: A.cert, sni: "a.test" };

/** What fetch is rejected with. */
const problem = (asked: Promise<Response>): Promise<{ kind: string; code: unknown; message: string }> =>
  asked.then(
    () => ({ kind: "none", code: undefined, message: "" }),
    (error: Error & { code?: unknown }) => ({ kind: classifyFailure(error), code: error.code, message: error.message }),
  );

test("method, path, headers and body arrive, the connection is used again", async () => {
  const ports = new Set<number | undefined>();
  const port = await plainServer((request, response) => {
    ports.add(request.socket.remotePort);
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      response.writeHead(201, "Made", [
        ["set-cookie", "a=1"],
        ["set-cookie", "b=2"],
      ]);
      const { method, url, headers } = request;
      response.end(JSON.stringify([method, url, headers.host, headers["content-length"], body]));
    });
  });
  const client = clientOf({ connectTimeout: 5000 });
  for (let time = 0; time < 3; time++) {
    const body = new TextEncoder().encode("häuser");
    const answer = await client.fetch(`http://127.0.0.1:${port}/a%2Fb?c=1`, asking({ method: "PUT", body }));
    expect([answer.status, answer.statusText, answer.headers.getSetCookie()]).toEqual([201, "Made", ["a=1", "b=2"]]);
    expect(await answer.json()).toEqual(["PUT", "/a%2Fb?c=1", "shop.test", "7", "häuser"]);
  }
  expect(ports.size).toBe(1);
});

test("bodies stream both ways as they come", async () => {
  const port = await plainServer((request, response) => void request.pipe(response));
  const pieces = ["one", "two", "three"];
  const sent = pieces.slice();
  const gates = pieces.map(() => gate());
  let turn = 0;
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const piece = sent.shift();
        if (piece === undefined) return controller.close();
        if (turn > 0) await gates[turn - 1]?.opened;
        turn++;
        controller.enqueue(new TextEncoder().encode(piece));
      },
    },
    { highWaterMark: 0 },
  );
  const answer = await clientOf({ connectTimeout: 5000 }).fetch(
    `http://127.0.0.1:${port}/`,
    asking({ method: "POST", body }),
  );
  const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
  for (const [index, piece] of pieces.entries()) {
    expect(new TextDecoder().decode((await reader.read()).value)).toBe(piece);
    gates[index]?.open();
  }
  expect((await reader.read()).done).toBeTrue();
});

describe("TLS", () => {
  test("the name asked for is the one looked for, with the gateway's own certificate", async () => {
    const port = await tlsServer();
    const answer = await clientOf({ tls: { ...trusted, ...pem("b.test") } }).fetch(
      `https://127.0.0.1:${port}/`,
      asking(),
    );
    expect(await answer.json()).toEqual(["a.test", "b.test"]);
  });

  test.each([
    ["an authority that is not known", { verify: true, sni: "a.test" }, "connect"],
    ["another name", { ...trusted, sni: "b.test" }, "connect"],
    ["no name, for an address", { verify: true, ca: A.cert }, "connect"],
    ["another name that it may have", { ...trusted, sni: "b.test", subjectAltNames: ["c.test", "x.a.test"] }, "none"],
    ["only names it has not", { ...trusted, subjectAltNames: ["c.test"] }, "connect"],
    ["a URI it has not", { ...trusted, subjectAltNames: ["spiffe://a.test/x"] }, "connect"],
    ["nothing looked at", { verify: false }, "none"],
  ] as [string, NonNullable<ServiceLink["tls"]>, string][])("%s", async (_, tls, kind) => {
    const port = await tlsServer();
    expect((await problem(clientOf({ tls }).fetch(`https://127.0.0.1:${port}/`, asking()))).kind).toBe(kind);
  });

  test("what is no certificate is told when the client is made, and not shown", () => {
    const key = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----";
    for (const tls of [
      { verify: true, ca: "-----BEGIN CERTIFICATE-----\nx" },
      { verify: true, cert: A.cert, key },
    ]) {
      expect(() => openServiceClient({ http2: false, tls }, systemClock)).toThrow("cannot be read");
      expect(() => openServiceClient({ http2: false, tls }, systemClock)).not.toThrow("c2VjcmV0");
    }
  });
});

describe("a proxy", () => {
  const through = (port: number) => ({ proxy: { host: "127.0.0.1", port, connectTimeout: 1200 } });

  test("leads to plain and to TLS endpoints, by the names that it knows", async () => {
    const plain = await plainServer((_, response) => void response.end("plain"));
    const secure = await tlsServer();
    const [one, two] = [await proxyTo(plain), await proxyTo(secure)];
    const first = await clientOf(through(one.port)).fetch("http://inner.test:81/", asking());
    const second = await clientOf({ ...through(two.port), tls: trusted }).fetch("https://inner.test/", asking());
    expect([await first.text(), await second.text()]).toEqual(["plain", '["a.test",null]']);
    expect([one.asked, two.asked]).toEqual([["inner.test:81"], ["inner.test:443"]]);
  });

  test("that refuses, or says nothing in time, leaves the request unsent", async () => {
    const refusing = await proxyTo(1, 407);
    const refused = await problem(clientOf(through(refusing.port)).fetch("http://inner.test/", asking()));
    expect(refused).toEqual({ kind: "connect", code: "PROXY_REFUSED", message: "The proxy answered with status 407." });
    const asked = gate();
    const silent = await tcpServer((socket) => socket.once("data", () => asked.open()));
    const clock = new FakeClock();
    const late = problem(
      clientOf({ ...through(silent), connectTimeout: 700 }, clock).fetch("http://inner.test/", asking()),
    );
    await asked.opened;
    clock.advance(700);
    expect(await late).toMatchObject({ kind: "connect", code: "ETIMEDOUT" });
  });
});

test("a TLS handshake that does not come is given up in time", async () => {
  const asked = gate();
  const port = await tcpServer((socket) => socket.once("data", () => asked.open()));
  const clock = new FakeClock();
  const link = { tls: trusted, connectTimeout: 300 };
  const late = problem(clientOf(link, clock).fetch(`https://127.0.0.1:${port}/`, asking()));
  await asked.opened;
  clock.advance(300);
  expect(await late).toMatchObject({ kind: "connect", code: "ETIMEDOUT" });
});

test("nobody listens: the request was not sent", async () => {
  expect((await problem(clientOf({ connectTimeout: 900 }).fetch("http://127.0.0.1:4/", asking()))).kind).toBe(
    "connect",
  );
});

test("an aborted request rejects with its reason, and ends at the endpoint", async () => {
  const [asked, left] = [gate(), gate()];
  const port = await tcpServer((socket) => {
    socket.once("close", () => left.open());
    socket.once("data", () => asked.open());
  });
  const controller = new AbortController();
  const fetched = clientOf({ connectTimeout: 900 }).fetch(
    `http://127.0.0.1:${port}/`,
    asking({ signal: controller.signal }),
  );
  await asked.opened;
  controller.abort(new Error("enough"));
  expect(await fetched.catch(String)).toBe("Error: enough");
  await left.opened;
});

test("a connection that the endpoint closes meanwhile is not noticed, unless it is in the middle", async () => {
  let connections = 0;
  const port = await tcpServer((socket) => {
    const first = connections++ === 0;
    let requests = 0;
    socket.on("data", () => {
      if (requests++ === 1 && first) socket.destroy();
      else socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
    });
  });
  const client = clientOf({ connectTimeout: 900 });
  for (let time = 0; time < 2; time++) {
    const answer = await client.fetch(`http://127.0.0.1:${port}/`, asking());
    expect(await answer.text()).toBe("ok");
  }
  expect(connections).toBe(2);
  const cut = await tcpServer((socket) => {
    socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf"));
  });
  const answer = await client.fetch(`http://127.0.0.1:${cut}/`, asking());
  expect(await answer.text().catch(() => "broken")).toBe("broken");
});

test("a closed client lets what is under way come to its end", async () => {
  const open = gate();
  const port = await plainServer((_, response) => {
    response.write("a");
    void open.opened.then(() => response.end("b"));
  });
  const client = clientOf({ connectTimeout: 900 });
  const answer = await client.fetch(`http://127.0.0.1:${port}/`, asking());
  client.close();
  open.open();
  expect(await answer.text()).toBe("ab");
});
