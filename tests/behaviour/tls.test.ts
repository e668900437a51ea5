import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { connect } from "node:tls";
import { RawClient } from "#tests/contracts/raw-client.ts";
import { freePort } from "#tests/support/backend.ts";
import { type Gateway, startGateway } from "#tests/support/gateway.ts";
import { within } from "#tests/support/until.ts";

const FILES = join(import.meta.dir, "../fixtures/tls");
const certificate = (name: string) => ({ cert: join(FILES, `${name}.pem`), key: join(FILES, `${name}.key.pem`) });

/** The name on the certificate that a client asking for `servername` is shown. */
async function shown(origin: string, servername: string): Promise<string> {
  const { port } = new URL(origin);
  const socket = connect({ port: Number(port), host: "127.0.0.1", servername, rejectUnauthorized: false });
  const secured = new Promise<void>((resolve, reject) => {
    socket.once("secureConnect", () => resolve());
    socket.once("error", reject);
  });
  try {
    await within("the handshake", secured);
    return String(socket.getPeerCertificate().subject.CN);
  } finally {
    socket.destroy();
  }
}

describe.each(["bun", "deno"] as const)("on %s", (runtime) => {
  let gateway: Gateway;
  let port = 0;
  const config = (names: readonly string[]) => ({
    listeners: [{ host: "127.0.0.1", port, tls: { certificates: names.map(certificate) } }],
    admin: { port: 0 },
    routes: [
      { name: "moved", match: { path: { prefix: "/moved" } }, redirect: { path: { full: "/here" } } },
      { name: "r", response: { status: 200, body: names.join(" ") } },
    ],
  });
  const reload = () => fetch(`${gateway.admin}/reload`, { method: "POST" });
  const ask = (path: string) =>
    fetch(gateway.origin + path, {
      tls: { rejectUnauthorized: false },
      redirect: "manual",
      headers: { connection: "close" },
    });

  beforeAll(async () => {
    port = await freePort();
    const args = ["--port", String(port)];
    gateway = await startGateway({ config: config(["a.test", "b.test"]), runtime, args });
  });
  afterAll(() => gateway.stop());

  test("the name asked for chooses the certificate, the first one is for all others", async () => {
    expect(gateway.origin).toStartWith("https://");
    expect(await shown(gateway.origin, "a.test")).toBe("a.test");
    expect(await shown(gateway.origin, "b.test")).toBe("b.test");
    expect(await shown(gateway.origin, "other.test")).toBe("a.test");
    expect((await ask("/moved")).headers.get("location")).toStartWith("https://");
  });

  test("a reload that changes certificates keeps open connections", async () => {
    const at = { port: Number(new URL(gateway.origin).port), secure: true };
    const client = await RawClient.open(at);
    for (const names of [["b.test"], ["a.test", "b.test"]]) {
      await client.request("GET", "/");
      expect((await client.answer()).status).toBe(200);
      gateway.rewrite(config(names));
      expect((await reload()).status).toBe(200);
      expect(await shown(gateway.origin, "a.test")).toBe(names[0] ?? "");
    }
    await client.request("GET", "/");
    expect((await client.answer()).body).toBe("a.test b.test");
    client.socket.destroy();
  });

  test("a reload brings another certificate to the same port, one that fails keeps the old one", async () => {
    gateway.rewrite(config(["b.test"]));
    expect((await reload()).status).toBe(200);
    expect(await shown(gateway.origin, "a.test")).toBe("b.test");
    expect(await (await ask("/")).text()).toBe("b.test");
    gateway.rewrite(config(["missing"]));
    expect((await reload()).status).toBe(422);
    expect(await shown(gateway.origin, "a.test")).toBe("b.test");
    gateway.rewrite(config(["a.test", "b.test"]));
    expect((await reload()).status).toBe(200);
    expect(await shown(gateway.origin, "a.test")).toBe("a.test");
  });
});
