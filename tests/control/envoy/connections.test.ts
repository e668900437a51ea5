import { connect as connectTcp, createServer, type Server } from "node:net";
import { connect, createServer as createTlsServer, type ConnectionOptions } from "node:tls";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { TcpRoute } from "#config/model.ts";
import { type Asked, namedBackend } from "#tests/support/backend.ts";
import { authorityOf, certificateOf } from "#tests/support/certificates.ts";
import { envoyMissing } from "#tests/support/envoy.ts";
import { type EnvoyStage, envoyStage } from "#tests/support/envoy-stage.ts";

const PATIENCE = 60_000;

const to = (name: string) => [{ name, weight: 1 }];
const TCP_ROUTES: readonly TcpRoute[] = [
  { name: "t-a", listeners: ["tcp"], sni: ["a.test"], terminate: false, services: to("tcp-a") },
  { name: "t-b", listeners: ["tcp"], sni: ["*.test"], terminate: false, services: to("tcp-b") },
  { name: "t-end", listeners: ["ending"], sni: ["a.test"], terminate: true, services: to("tcp-plain") },
];

/** A TLS server that says its name and closes. */
async function sayingServer(name: string): Promise<Server> {
  const server = createTlsServer(certificateOf(name), (socket) => socket.end(`i am ${name}`));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

/** An HTTP CONNECT proxy that counts its tunnels. */
async function connectProxy(): Promise<{ readonly server: Server; readonly asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((client) => {
    client.once("data", (head) => {
      const [, target = ""] = /^CONNECT (\S+) /.exec(head.toString()) ?? [];
      asked.push(target);
      const [host, port] = target.split(":");
      const upstream = connectTcp(Number(port), host, () => client.write("HTTP/1.1 200 OK\r\n\r\n"));
      client.pipe(upstream).pipe(client);
      for (const end of [client, upstream]) end.on("error", () => end.destroy());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, asked };
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

/** What a TLS handshake shows, and what is read after it. */
function handshake(
  port: number,
  options: ConnectionOptions,
): Promise<{ subject: string; alpn: string | false | null; said: string }> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false, ...options }, () => {
      const subject = socket.getPeerCertificate().subjectaltname ?? "";
      let said = "";
      socket.on("data", (bytes: Buffer) => (said += bytes.toString()));
      socket.on("close", () => resolve({ subject, alpn: socket.alpnProtocol, said }));
      if (options.ALPNProtocols !== undefined) socket.end();
    });
    socket.on("error", reject);
  });
}

describe.skipIf(envoyMissing !== undefined)("connections to and from a real Envoy", () => {
  const backend = namedBackend("a");
  const secure = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    tls: certificateOf("loopback"),
    fetch: () => Response.json({ name: "secure" }),
  });
  let servers: Server[] = [];
  let tunnels: string[] = [];
  let envoy: EnvoyStage;
  beforeAll(async () => {
    const [a, b, proxy] = await Promise.all([sayingServer("a.test"), sayingServer("b.test"), connectProxy()]);
    servers = [a, b, proxy.server];
    tunnels = proxy.asked;
    const [host, port] = backend.address.split(":");
    envoy = await envoyStage(
      {
        listeners: [
          { name: "plain", port: 0 },
          { name: "tls", port: 0, tls: { certificates: [certificateOf("a.test"), certificateOf("b.test")] } },
          {
            name: "mutual",
            port: 0,
            tls: {
              certificates: [
                certificateOf("a.test"),
                { ...certificateOf("b.test"), clientCa: authorityOf("clients-authority"), minVersion: "TLSv1.3" },
                { ...certificateOf("other.test"), hosts: ["strange.test"] },
              ],
            },
          },
          { name: "tcp", port: 0, protocol: "tcp" },
          { name: "ending", port: 0, protocol: "tcp", tls: { certificates: [certificateOf("a.test")] } },
        ],
        services: [
          { name: "a", endpoints: [backend.address] },
          {
            name: "secure",
            protocol: "https",
            endpoints: [`127.0.0.1:${secure.port}`],
            tls: { ca: authorityOf("authority") },
          },
          {
            name: "distrusted",
            protocol: "https",
            endpoints: [`127.0.0.1:${secure.port}`],
            tls: { ca: authorityOf("clients-authority") },
          },
          {
            name: "misnamed",
            protocol: "https",
            endpoints: [`127.0.0.1:${secure.port}`],
            tls: { ca: authorityOf("authority"), sni: "a.test" },
          },
          { name: "careless", protocol: "https", endpoints: [`127.0.0.1:${secure.port}`], tls: { verify: false } },
          { name: "proxied", endpoints: [backend.address], proxy: { host: "localhost", port: portOf(proxy.server) } },
          { name: "tcp-a", protocol: "tcp", endpoints: [`127.0.0.1:${portOf(a)}`] },
          { name: "tcp-b", protocol: "tcp", endpoints: [`127.0.0.1:${portOf(b)}`] },
          { name: "tcp-plain", protocol: "tcp", endpoints: [{ address: `${host}:${port}` }] },
        ],
        routes: ["a", "secure", "distrusted", "misnamed", "careless", "proxied"].map((name) => ({
          name,
          match: { path: { prefix: `/${name}` } },
          http: { services: [{ name }] },
        })),
      },
      { tcpRoutes: TCP_ROUTES },
    );
  }, PATIENCE);
  afterAll(async () => {
    await envoy[Symbol.asyncDispose]();
    for (const server of servers) server.close();
    await Promise.all([backend.close(), secure.stop(true)]);
  });
  const port = (listener: string): number => Number(new URL(envoy.url(listener)).port);

  test.each([
    ["a.test", "a.test"],
    ["b.test", "b.test"],
    ["nobody.test", "a.test"],
  ])("the certificate for %s is that for %s", async (servername, name) => {
    const { subject, alpn } = await handshake(port("tls"), { servername, ALPNProtocols: ["h2", "http/1.1"] });
    expect(subject).toContain(name);
    expect(alpn).toBe("h2");
  });

  test("requests over TLS are routed", async () => {
    const answer = await fetch(`${envoy.url("tls")}/a`, { tls: { rejectUnauthorized: false } });
    expect(((await answer.json()) as Asked).headers["x-forwarded-proto"]).toBe("https");
  });

  test("what is asked of clients goes by the name they ask for", async () => {
    const ALPNProtocols = ["http/1.1"];
    const open = (servername: string, more: ConnectionOptions = {}) =>
      handshake(port("mutual"), { servername, ALPNProtocols, ...more }).then(
        ({ subject }) => subject,
        () => "refused",
      );
    expect(await open("a.test")).toContain("a.test");
    expect(await open("strange.test")).toContain("other.test");
    expect(await open("b.test", { maxVersion: "TLSv1.2" })).toBe("refused");
    const status = async (name: string | undefined): Promise<number> => {
      const client = name === undefined ? {} : certificateOf(name);
      const asked = fetch(`https://127.0.0.1:${port("mutual")}/a`, {
        headers: { host: "b.test" },
        tls: { rejectUnauthorized: false, serverName: "b.test", ...client },
      });
      return asked.then(
        (answer) => answer.status,
        () => 0,
      );
    };
    expect([await status("client"), await status("stranger"), await status(undefined)]).toEqual([200, 0, 0]);
  });

  test.each([
    ["/secure", 200],
    ["/careless", 200],
    ["/distrusted", 502],
    ["/misnamed", 502],
  ])("a service over TLS is trusted as it says: %s %i", async (path, status) => {
    expect((await envoy.fetch(path)).status).toBe(status);
  });

  test("a service is reached through an HTTP CONNECT proxy", async () => {
    expect((await envoy.fetch("/proxied")).status).toBe(200);
    expect(tunnels).toEqual([backend.address]);
  });

  test.each([
    ["a.test", "i am a.test"],
    ["b.test", "i am b.test"],
  ])("TLS for %s passes unopened to its service", async (servername, said) => {
    const seen = await handshake(port("tcp"), { servername });
    expect(seen).toMatchObject({ said });
    expect(seen.subject).toContain(servername);
  });

  test("TLS ends before the bytes go on where the route says so", async () => {
    const socket = connect({
      port: port("ending"),
      host: "127.0.0.1",
      servername: "a.test",
      rejectUnauthorized: false,
    });
    const said = await new Promise<string>((resolve, reject) => {
      let text = "";
      socket.on("data", (bytes: Buffer) => (text += bytes.toString()));
      socket.on("close", () => resolve(text));
      socket.on("error", reject);
      socket.write("GET /x HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    });
    expect(said).toStartWith("HTTP/1.1 200");
  });
});
