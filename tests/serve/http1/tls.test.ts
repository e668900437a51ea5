import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { RawServer } from "#tests/support/raw-server.ts";
import { until, within } from "#tests/support/until.ts";

const ROOT = join(import.meta.dir, "../../..");
const FILES = join(ROOT, "tests/fixtures/tls");
const AUTHORITY = { NODE_EXTRA_CA_CERTS: join(FILES, "authority.pem") };

const fileOf = (name: string): Promise<string> => Bun.file(join(FILES, name)).text();

/** An HTTPS server that answers `hello`, with this certificate of the test's own authority. */
async function secureServer(certificate: "loopback" | "other.test"): Promise<RawServer> {
  const [cert, key] = await Promise.all([fileOf(`${certificate}.pem`), fileOf(`${certificate}.key.pem`)]);
  const server = await RawServer.start({ tls: { cert, key } });
  void server.peer(0).then(
    (peer) => peer.answer("hello").catch(() => {}),
    () => {},
  );
  return server;
}

/** What came of a request in a process of its own: which authorities are trusted is settled when one starts. */
async function asked(
  kind: string,
  url: string,
  env: Readonly<Record<string, string>>,
  ...address: string[]
): Promise<string> {
  const { PATH = "", HOME = "" } = process.env;
  const client = join(ROOT, "tests/support/transport-client.ts");
  const child = Bun.spawn([process.execPath, client, kind, url, "1", ...address], {
    env: { PATH, HOME, ...env },
    stdout: "pipe",
  });
  const text = await within("the process's end", child.stdout.text());
  return text.trim();
}

describe.each(["http1", "fetch"])("TLS by %s", (kind) => {
  test("an authority that is named is trusted, for a host's name and its address", async () => {
    for (const host of ["localhost", "127.0.0.1"]) {
      const server = await secureServer("loopback");
      const url = server.origin.replace("127.0.0.1", host);
      expect(await asked(kind, url, AUTHORITY)).toBe("hello");
      server.close();
    }
  });

  test.each([
    ["of an authority that nobody knows", "loopback", {}, "UNABLE_TO_VERIFY_LEAF_SIGNATURE"],
    ["of another host", "other.test", AUTHORITY, "ERR_TLS_CERT_ALTNAME_INVALID"],
  ] as const)("a certificate %s is refused, and nothing is told to its server", async (_, certificate, env, code) => {
    for (const host of ["localhost", "127.0.0.1"]) {
      const server = await secureServer(certificate);
      const url = server.origin.replace("127.0.0.1", host);
      expect(await asked(kind, url, env)).toBe(`error ${code}`);
      expect(server.peers.map(({ received }) => received).join("")).toBe("");
      server.close();
    }
  });

  test("a server that speaks no TLS is refused, and nothing is told to it", async () => {
    const server = await RawServer.start();
    const asking = asked(kind, server.origin.replace("http:", "https:"), AUTHORITY);
    const peer = await server.peer(0);
    await peer.send("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
    expect(await asking).toStartWith("error ");
    expect(peer.received).not.toContain("secret");
    server.close();
  });

  test.each([
    ["localhost", true],
    ["127.0.0.1", false],
  ])("a handshake with %s names the host it is for: %p", async (host, named) => {
    const server = await RawServer.start();
    const url = server.origin.replace("http:", "https:").replace("127.0.0.1", host);
    const asking = asked(kind, url, AUTHORITY);
    const peer = await server.peer(0);
    await until("the handshake begins", () => peer.received !== "");
    expect(peer.received.includes(host)).toBe(named);
    server.close();
    expect(await asking).toStartWith("error ");
  });
});

test.each([
  ["of its host is trusted", "other.test", "hello"],
  ["of the address alone is refused", "loopback", "error ERR_TLS_CERT_ALTNAME_INVALID"],
] as const)("of a host whose address is given, a certificate %s", async (_, certificate, came) => {
  const server = await secureServer(certificate);
  const url = server.origin.replace("127.0.0.1", "other.test");
  expect(await asked("http1", url, AUTHORITY, "127.0.0.1")).toBe(came);
  server.close();
});
