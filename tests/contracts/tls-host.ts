import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Certificate, ShownCertificates } from "#src/core/host.ts";
import { authorityOf, certificateOf } from "#tests/support/certificates.ts";
import type { HostUnderTest, OpenedHost } from "./host.ts";
import { RawClient } from "./raw-client.ts";
import { askSecurely, handshake, shown } from "./tls-client.ts";

/** What runtimes differ in. */
export interface TlsDifferences {
  /** Keys of several types for one name. */
  readonly keyTypes: boolean;
  /** TLS 1.1 and older. */
  readonly oldVersions: boolean;
  /** TLS-ALPN-01. */
  readonly alpnChallenges: boolean;
}

const A = certificateOf("a.test");
const B = certificateOf("b.test");
const OTHER = certificateOf("other.test");
const CLIENT = certificateOf("client");
const STRANGER = certificateOf("stranger");
const AUTHORITY = authorityOf("clients-authority");

const TLS12 = { minVersion: "TLSv1.2", maxVersion: "TLSv1.2" } as const;

/** What every host's TLS must do. */
export function tlsContract(name: string, start: () => Promise<HostUnderTest>, differences: TlsDifferences): void {
  describe(`TLS contract: ${name}`, () => {
    let host: HostUnderTest;
    const open: OpenedHost[] = [];
    const listen = async (tls: ShownCertificates): Promise<OpenedHost> => {
      const opened = await host.listen(0, tls);
      open.push(opened);
      return opened;
    };
    const serve = (...certificates: Certificate[]): Promise<OpenedHost> => listen({ certificates });
    beforeAll(async () => {
      host = await start();
    });
    afterAll(async () => {
      for (const opened of open) await opened.stop(true);
      await host.close();
    });
    names(serve);
    clients(serve);
    settings(serve, differences);
    rotation(serve);
    challenges(listen, differences);
  });
}

type Serve = (...certificates: Certificate[]) => Promise<OpenedHost>;

function names(serve: Serve): void {
  test("the certificate of the name asked for is shown, wildcards one label deep, the first one to all others", async () => {
    const { port } = await serve(A, B);
    const expected = {
      "a.test": "a.test",
      "A.TEST": "a.test",
      "b.test": "b.test",
      "deep.b.test": "b.test",
      "very.deep.b.test": "a.test",
      "other.test": "a.test",
      "": "a.test",
    };
    for (const [servername, subject] of Object.entries(expected)) expect(await shown(port, servername)).toBe(subject);
    expect((await askSecurely(port, "b.test"))?.body).toContain('"secure":true');
  });

  test("written names count in place of a certificate's own, and * alone is for all others", async () => {
    const { port } = await serve({ ...A, hosts: ["x.test", "*.x.test"] }, { ...B, hosts: ["*"] });
    expect(await shown(port, "x.test")).toBe("a.test");
    expect(await shown(port, "y.x.test")).toBe("a.test");
    expect(await shown(port, "a.test")).toBe("b.test");
    expect(await shown(port, "")).toBe("b.test");
  });

  test("an exact name goes before a wildcard, the first certificate of a name before later ones", async () => {
    const { port } = await serve(B, { ...A, hosts: ["one.b.test", "b.test"] });
    expect(await shown(port, "one.b.test")).toBe("a.test");
    expect(await shown(port, "two.b.test")).toBe("b.test");
    expect(await shown(port, "b.test")).toBe("b.test");
  });

  test("HTTP/2 is agreed on with those who offer it", async () => {
    const { port } = await serve(A);
    expect(await handshake(port, "a.test", { ALPNProtocols: ["h2", "http/1.1"] })).toMatchObject({ alpn: "h2" });
    expect(await handshake(port, "a.test", { ALPNProtocols: ["http/1.1"] })).toMatchObject({ alpn: "http/1.1" });
    expect(await handshake(port, "a.test")).toMatchObject({ alpn: "" });
    expect(await handshake(port, "a.test", { ALPNProtocols: ["imap"] })).toHaveProperty("failure");
  });
}

function clients(serve: Serve): void {
  const asking = { ...A, clientCa: AUTHORITY };

  test("a host that wants clients' certificates tells those without a good one, and answers the others", async () => {
    const { port } = await serve(asking, B);
    expect(await askSecurely(port, "a.test", CLIENT)).toMatchObject({ status: 200 });
    expect(await askSecurely(port, "a.test")).toMatchObject({
      status: 400,
      body: expect.stringContaining("wants a client certificate"),
    });
    expect(await askSecurely(port, "a.test", STRANGER)).toMatchObject({
      status: 400,
      body: expect.stringContaining("not one that this host trusts"),
    });
    expect(await askSecurely(port, "", { ...CLIENT, host: "a.test" })).toMatchObject({ status: 200 });
    expect(await askSecurely(port, "", { host: "a.test" })).toMatchObject({ status: 400 });
  });

  test("where they are optional only a bad one is refused", async () => {
    const { port } = await serve({ ...asking, clientAuth: "optional" });
    expect(await askSecurely(port, "a.test", CLIENT)).toMatchObject({ status: 200 });
    expect(await askSecurely(port, "a.test")).toMatchObject({ status: 200 });
    expect(await askSecurely(port, "a.test", STRANGER)).toMatchObject({ status: 400 });
  });

  test("other hosts of the listener need none, but open no way to the one that does", async () => {
    const { port } = await serve(B, asking);
    expect(await askSecurely(port, "b.test")).toMatchObject({ status: 200 });
    expect(await askSecurely(port, "b.test", STRANGER)).toMatchObject({ status: 200 });
    expect(await askSecurely(port, "b.test", { host: "a.test" })).toMatchObject({ status: 421 });
    expect(await askSecurely(port, "b.test", { ...CLIENT, host: "a.test" })).toMatchObject({ status: 421 });
    expect(await askSecurely(port, "", { ...CLIENT, host: "A.test" })).toMatchObject({ status: 421 });
  });

  test("each host has its own authorities", async () => {
    const { port } = await serve(asking, { ...B, clientCa: authorityOf("authority") });
    expect(await askSecurely(port, "b.test", CLIENT)).toMatchObject({ status: 400 });
    expect(await askSecurely(port, "a.test", CLIENT)).toMatchObject({ status: 200 });
    expect(await askSecurely(port, "a.test", { ...CLIENT, host: "b.test" })).toMatchObject({ status: 421 });
  });

  test("a reload that begins to ask asks on new connections, and tells open ones to go", async () => {
    const opened = await serve(A);
    const before = await RawClient.open({ port: opened.port, secure: true });
    await before.send("GET /echo HTTP/1.1\r\nHost: a.test\r\n\r\n");
    expect((await before.answer()).status).toBe(200);
    await opened.show({ certificates: [asking] });
    expect(await askSecurely(opened.port, "a.test")).toMatchObject({ status: 400 });
    expect(await askSecurely(opened.port, "a.test", CLIENT)).toMatchObject({ status: 200 });
    await before.send("GET /echo HTTP/1.1\r\nHost: a.test\r\n\r\n");
    const told = await before.answer();
    expect(told).toMatchObject({ status: 421 });
    expect(told.headers.get("connection")).toBe("close");
    await before.ended();
    await opened.show({ certificates: [A] });
    expect(await askSecurely(opened.port, "a.test")).toMatchObject({ status: 200 });
  });

  test("a resumed session is no way past another authority", async () => {
    const opened = await serve(asking);
    const session = await sessionOf(opened.port, CLIENT);
    await opened.show({ certificates: [{ ...A, clientCa: authorityOf("authority") }] });
    expect(await askSecurely(opened.port, "a.test", { ...CLIENT, ...session })).toMatchObject({ status: 400 });
  });
}

/** A session that can be resumed, where the server offers any. */
async function sessionOf(port: number, certificate: { cert: string; key: string }): Promise<{ session?: Buffer }> {
  const { connect } = await import("node:tls");
  const socket = connect({ port, host: "127.0.0.1", servername: "a.test", rejectUnauthorized: false, ...certificate });
  const got: { session?: Buffer } = {};
  socket.on("session", (session: Buffer) => (got.session = session));
  const client = RawClient.on(socket);
  await client.send("GET /echo HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n");
  expect((await client.answer()).status).toBe(200);
  await client.ended();
  return got;
}

function settings(serve: Serve, differences: TlsDifferences): void {
  test("a name's lowest and highest version are kept to", async () => {
    const { port } = await serve(A, { ...B, minVersion: "TLSv1.3" }, { ...OTHER, maxVersion: "TLSv1.2" });
    expect(await askSecurely(port, "a.test", TLS12)).toMatchObject({ status: 200 });
    expect(await askSecurely(port, "b.test")).toMatchObject({ status: 200 });
    expect(await askSecurely(port, "b.test", TLS12)).toBeUndefined();
    expect(await askSecurely(port, "other.test", TLS12)).toMatchObject({ status: 200 });
    expect(await askSecurely(port, "other.test", { minVersion: "TLSv1.3" })).toBeUndefined();
  });

  test("where all names want TLS 1.3 the handshake itself refuses others, after a reload as well", async () => {
    const opened = await serve(A);
    expect(await shown(opened.port, "a.test", TLS12)).toBe("a.test");
    await opened.show({ certificates: [{ ...A, minVersion: "TLSv1.3" }] });
    expect(await shown(opened.port, "a.test", TLS12)).toStartWith("failed");
    expect(await shown(opened.port, "a.test")).toBe("a.test");
  });

  test("TLS 1.1 is not spoken unless it is asked for", async () => {
    const old = { minVersion: "TLSv1", maxVersion: "TLSv1.1" } as const;
    const { port } = await serve(A);
    expect(await shown(port, "a.test", old)).toStartWith("failed");
    if (!differences.oldVersions) return;
    const { port: lax } = await serve({ ...A, minVersion: "TLSv1.0" });
    expect(await shown(lax, "a.test", old)).toBe("a.test");
  });

  test("only the cipher suites written are used", async () => {
    const strong = "ECDHE-ECDSA-AES256-GCM-SHA384";
    const { port } = await serve({ ...A, ciphers: [strong] }, B);
    expect(await askSecurely(port, "a.test", { ...TLS12, ciphers: strong })).toMatchObject({ status: 200 });
    const weaker = { ...TLS12, ciphers: "ECDHE-ECDSA-AES128-GCM-SHA256" };
    expect(await askSecurely(port, "a.test", weaker)).toBeUndefined();
    expect(await askSecurely(port, "b.test", weaker)).toMatchObject({ status: 200 });
  });

  test.skipIf(!differences.keyTypes)("a name may have keys of two types", async () => {
    const { port } = await serve(A, certificateOf("a.test-rsa"));
    for (const ciphers of ["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256"])
      expect(await handshake(port, "a.test", { ...TLS12, ciphers })).toMatchObject({
        subject: "a.test",
        cipher: ciphers,
      });
  });
}

function rotation(serve: Serve): void {
  test("other certificates are shown from the next handshake on, and open connections go on", async () => {
    const opened = await serve(A);
    const client = await RawClient.open({ port: opened.port, secure: true });
    await client.request("GET", "/teapot");
    expect((await client.answer()).body).toBe("short");
    await opened.show({ certificates: [B, A] });
    expect(await shown(opened.port, "")).toBe("b.test");
    expect(await shown(opened.port, "a.test")).toBe("a.test");
    await client.request("GET", "/teapot");
    expect((await client.answer()).body).toBe("short");
    client.socket.destroy();
  });

  test("certificates that cannot be used change nothing, and are told without their text", async () => {
    const opened = await serve(A);
    const wrong: readonly ShownCertificates[] = [
      { certificates: [] },
      { certificates: [{ cert: "no PEM", key: A.key }] },
      { certificates: [{ cert: B.cert, key: A.key }] },
      { certificates: [{ cert: B.cert, key: "no PEM" }] },
      { certificates: [B, { ...A, ciphers: ["NO-SUCH-CIPHER"] }] },
    ];
    for (const tls of wrong) {
      const message = await opened.show(tls).then(
        () => "shown",
        (error: Error) => error.message,
      );
      expect(message).toMatch(/certificate/);
      expect(message).not.toContain("BEGIN");
      expect(message).not.toContain("no PEM");
      expect(await shown(opened.port, "b.test")).toBe("a.test");
    }
  });

  test("100 rotations under load: no handshake fails, no stream is cut", async () => {
    const opened = await serve(A, B);
    const at = { port: opened.port, secure: true };
    const stream = await RawClient.open(at);
    await stream.request("GET", "/quiet?id=rotated");
    await stream.until((text) => (text.includes("data: 1") ? true : undefined));
    const state = { rotating: true };
    const seen = new Map<string, number>();
    const load = Array.from({ length: 4 }, async () => {
      while (state.rotating) {
        const told = await shown(opened.port, "a.test");
        seen.set(told, (seen.get(told) ?? 0) + 1);
      }
    });
    for (let turn = 0; turn < 100; turn++) {
      await opened.show({ certificates: turn % 2 === 0 ? [{ ...B, hosts: ["*"] }] : [A] });
      expect(await shown(opened.port, "a.test")).toBe(turn % 2 === 0 ? "b.test" : "a.test");
    }
    state.rotating = false;
    await Promise.all(load);
    expect([...seen.keys()].sort()).toEqual(["a.test", "b.test"]);
    const release = await RawClient.open(at);
    for (let turn = 0; turn < 2; turn++) {
      let body = "";
      while (body !== "true") {
        await release.request("GET", "/release?id=rotated");
        body = (await release.answer()).body;
      }
    }
    expect((await stream.answer()).body).toBe("data: 1\n\ndata: 2\n\n");
    stream.socket.destroy();
    release.socket.destroy();
  });
}

function challenges(listen: (tls: ShownCertificates) => Promise<OpenedHost>, { alpnChallenges }: TlsDifferences): void {
  test.skipIf(!alpnChallenges)("a TLS-ALPN-01 challenge is answered for its name, and for it alone", async () => {
    const acme = { ALPNProtocols: ["acme-tls/1"] };
    const opened = await listen({ certificates: [A], challenges: [{ ...OTHER, hosts: ["new.test"] }] });
    expect(await handshake(opened.port, "new.test", acme)).toMatchObject({ subject: "other.test", alpn: "acme-tls/1" });
    expect(await handshake(opened.port, "a.test", acme)).toHaveProperty("failure");
    expect(await shown(opened.port, "a.test")).toBe("a.test");
    await opened.show({ certificates: [A] });
    expect(await handshake(opened.port, "new.test", acme)).toHaveProperty("failure");
    expect(await shown(opened.port, "new.test")).toBe("a.test");
  });
}
