import { afterAll, expect, test } from "bun:test";
import { gunzipSync } from "node:zlib";
import { openStage } from "#tests/support/stage.ts";

const TEXT = JSON.stringify({ text: "worth it ".repeat(500) });

const stage = await openStage((upstream) => ({
  compression: { minLength: 100 },
  downstream: { maxRequestHeaders: 2000, routeTimeout: "30s" },
  addXRealIpHeader: true,
  services: [{ name: "s", endpoints: [upstream.origin.slice("http://".length)] }],
  routes: [
    {
      name: "fixed",
      match: { path: { prefix: "/fixed" } },
      response: { status: 200, headers: { "content-type": "application/json" }, body: TEXT },
    },
    { name: "http", match: { path: { prefix: "/" } }, http: { services: [{ name: "s" }] } },
  ],
}));
const { gateway, upstream } = stage;

afterAll(() => stage.close());

test("answers are compressed for those who take it", async () => {
  const init = { headers: { "accept-encoding": "gzip" }, decompress: false };
  const response = await fetch(`${gateway.origin}/fixed`, init);
  expect(response.headers.get("content-encoding")).toBe("gzip");
  expect(gunzipSync(new Uint8Array(await response.arrayBuffer())).toString()).toBe(TEXT);
  const plain = await fetch(`${gateway.origin}/fixed`, { headers: { "accept-encoding": "identity" } });
  expect([plain.headers.get("content-encoding"), await plain.text()]).toEqual([null, TEXT]);
});

test("services are told the client's address, not what it says of itself", async () => {
  upstream.reset();
  await fetch(`${gateway.origin}/x`, { headers: { "x-real-ip": "1.2.3.4" } });
  expect(upstream.requests[0]?.headers["x-real-ip"]).toBe("127.0.0.1");
});

test("a head that is too large is refused", async () => {
  const response = await fetch(`${gateway.origin}/x`, { headers: { "x-large": "x".repeat(3000) } });
  expect(response.status).toBe(431);
  expect(response.headers.get("x-request-id")).not.toBeNull();
});
