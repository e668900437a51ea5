import { expect, test } from "bun:test";
import type { Callout } from "#src/core/plugin-host.ts";
import { openServiceClient } from "#src/serve/upstream/open.ts";
import { madePlugin } from "#tests/support/made-plugin.ts";
import { pluginStage } from "#tests/support/plugin-stage.ts";
import { http2Server, pem, plainServer, proxyTo, tlsServer } from "../serve/upstream/endpoints.ts";

/** What a plugin is told that asks `upstream` on its way. */
async function told(upstream: string, service: object, more: Partial<Callout> = {}): Promise<string> {
  const asking = madePlugin("asking", (_, host) => ({
    async requestHeaders(call) {
      const asked = { upstream, method: "GET", path: "/who", headers: [], timeout: 5000, ...more };
      const told = await host.callout(asked, call.signal).then(
        ({ status, body }) => `${status} ${new TextDecoder().decode(body)}`,
        (error: Error) => error.message,
      );
      call.request.headers.set("x-told", encodeURIComponent(told));
    },
  }));
  await using stage = await pluginStage({
    extra: [asking],
    plugins: [{ name: "asking" }],
    gateway: { openServiceClient },
    config: ({ http }) => ({ services: [{ name: "backend", endpoints: [http] }, service] }),
  });
  await stage.fetch("/");
  return decodeURIComponent(stage.asked[0]?.headers.get("x-told") ?? "");
}

const at = (port: number): string => `127.0.0.1:${port}`;

test("a service over TLS is trusted, and shown a certificate, as its entry says", async () => {
  const endpoints = [at(await tlsServer())];
  const { cert, key } = pem("b.test");
  const tls = { ca: pem("a.test").cert, sni: "a.test", cert, key };
  expect(await told("auth", { name: "auth", protocol: "https", endpoints, tls })).toBe('200 ["a.test","b.test"]');
  const stranger = { ...tls, ca: cert };
  expect(await told("auth", { name: "auth", protocol: "https", endpoints, tls: stranger })).toContain("reached");
});

test("a service behind a proxy is asked through it", async () => {
  const proxy = await proxyTo(await plainServer((request, response) => response.end(request.headers.host)));
  const service = { name: "auth", endpoints: ["auth.internal:80"], proxy: { host: "127.0.0.1", port: proxy.port } };
  expect(await told("auth", service)).toBe("200 auth.internal");
  expect(await told("auth", service, { authority: "other.test" })).toBe("200 other.test");
  expect(proxy.asked).toEqual(["auth.internal:80", "auth.internal:80"]);
});

test("a service of HTTP/2 is asked by HTTP/2, and given the body", async () => {
  const port = await http2Server((stream, headers) => {
    let body = "";
    stream.on("data", (chunk: Buffer) => (body += chunk.toString()));
    stream.on("end", () => {
      stream.respond({ ":status": 201 });
      stream.end(`${headers[":method"]} ${headers[":path"]} ${body}`);
    });
  });
  const service = { name: "auth", protocol: "h2c", endpoints: [at(port)] };
  expect(await told("auth", service, { method: "POST", body: "words" })).toBe("201 POST /who words");
});

test("Envoy's name of a Kubernetes Service means it", async () => {
  const port = await plainServer((_, response) => response.end("found"));
  const name = "auth.default.svc.cluster.local:80";
  expect(await told("outbound|80||auth.default.svc.cluster.local", { name, endpoints: [at(port)] })).toBe("200 found");
});
