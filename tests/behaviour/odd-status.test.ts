import { afterAll, expect, test } from "bun:test";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { startGateway } from "#tests/support/gateway.ts";

// HTTP knows statuses from 100 to 599 (RFC 9110, section 15); appliances and some vendors send others, which no Response can have.
const provider = createServer((request, response) => {
  request.resume();
  request.on("end", () => response.writeHead(999, { "content-type": "text/plain" }).end("Request denied"));
});
await new Promise<void>((resolve) => provider.listen(0, "127.0.0.1", () => resolve()));
const { port } = provider.address() as AddressInfo;
const gateway = await startGateway({
  config: {
    admin: { port: 0 },
    providers: [{ id: "odd", type: "generic", baseUrl: `http://127.0.0.1:${port}/v1`, failover: { enabled: false } }],
    routes: [{ name: "odd", ai: { upstreams: [{ provider: "odd" }] } }],
  },
});
afterAll(async () => {
  await gateway.stop();
  provider.close();
});

const chat = { model: "m", max_tokens: 9, messages: [{ role: "user", content: "Hi" }] };
const REQUESTS: readonly (readonly [path: string, body: object])[] = [
  ["/v1/chat/completions", chat],
  ["/v1/chat/completions", { ...chat, stream: true }],
  ["/v1/messages", chat],
  ["/v1/responses", { model: "m", input: "Hi" }],
  ["/v1beta/models/m:generateContent", { contents: [{ parts: [{ text: "Hi" }] }] }],
  ["/v1/embeddings", { model: "m", input: "Hi" }],
  ["/v1/files", { model: "m" }],
  ["/v1/of-its-own", { model: "m" }],
];

test.each(REQUESTS)("a provider's status that HTTP does not know is a 502: %s", async (path, body) => {
  const response = await fetch(gateway.origin + path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  expect([response.status, response.headers.get("content-type")]).toEqual([502, "application/json"]);
  expect(await response.json()).toMatchObject({ error: { message: expect.any(String) } });
  expect(await gateway.logOf(response)).toMatchObject({ status: 502, provider: "odd" });
});
