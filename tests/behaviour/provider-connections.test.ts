import { afterAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { JsonObject } from "#src/core/json.ts";
import { type Gateway, startGateway } from "#tests/support/gateway.ts";
import { type RawPeer, RawServer } from "#tests/support/raw-server.ts";
import { within } from "#tests/support/until.ts";

const FILES = join(import.meta.dir, "../fixtures/tls");
const SECRET = "sk-secret-0123456789";

/** The smallest answer of OpenAI's chat API that is one; `ChatCompletion` of the `openai` SDK. */
const ANSWER = JSON.stringify({
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1,
  model: "gpt-5",
  choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", content: "Hello" } }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
});

const gateways: Gateway[] = [];
const servers: RawServer[] = [];
afterAll(async () => {
  await Promise.all(gateways.map((gateway) => gateway.stop()));
  for (const server of servers) server.close();
});

async function serverOf(...given: Parameters<typeof RawServer.start>): Promise<RawServer> {
  const server = await RawServer.start(...given);
  servers.push(server);
  return server;
}

async function gatewayOf(
  baseUrl: string,
  env: Record<string, string> = {},
  runtime?: "bun" | "deno",
): Promise<Gateway> {
  const config: JsonObject = {
    admin: { port: 0 },
    providers: [{ id: "openai", type: "openai", apiTokens: [SECRET], baseUrl, failover: { enabled: false } }],
    routes: [{ name: "r", match: { path: { prefix: "/" } }, ai: { upstreams: [{ provider: "openai" }] } }],
  };
  const gateway = await startGateway({ config, env, ...(runtime === undefined ? {} : { runtime }) });
  gateways.push(gateway);
  return gateway;
}

function chat(gateway: Gateway): Promise<Response> {
  const body = JSON.stringify({ model: "gpt-5", messages: [{ role: "user", content: "Hi" }] });
  const headers = { "content-type": "application/json" };
  return within("an answer", fetch(`${gateway.origin}/v1/chat/completions`, { method: "POST", headers, body }));
}

/** Answers the next request, as a provider does. */
const answer = (peer: RawPeer): ReturnType<RawPeer["answer"]> =>
  peer.answer(ANSWER, "content-type: application/json\r\n");

async function contentOf(response: Promise<Response>): Promise<unknown> {
  const answered = await response;
  const { choices } = (await answered.json()) as { choices?: { message: { content: string } }[] };
  return choices?.[0]?.message.content ?? answered.status;
}

describe("a kept connection to a provider", () => {
  test("serves the next request, and one that the provider was just closing is no error", async () => {
    const server = await serverOf();
    const gateway = await gatewayOf(`${server.origin}/v1`, {}, "bun");
    const first = chat(gateway);
    const peer = await server.peer(0);
    await answer(peer);
    expect(await contentOf(first)).toBe("Hello");
    const second = chat(gateway);
    await answer(peer);
    expect(await contentOf(second)).toBe("Hello");
    const third = chat(gateway);
    const asked = await peer.request();
    peer.socket.destroy();
    const again = await answer(await server.peer(1));
    expect(again.body).toBe(asked.body);
    const answered = await third;
    expect(answered.status).toBe(200);
    expect(await gateway.logOf(answered)).toMatchObject({ attempts: [{ status: 200 }] });
    expect(server.peers).toHaveLength(2);
  });
});

describe("an answer that can be read in two ways", () => {
  test.each([
    ["length", "content-length: 5\r\ncontent-length: 6"],
    ["framing", "content-length: 5\r\ntransfer-encoding: chunked"],
  ])("by its %s is an error", async (_, lines) => {
    const server = await serverOf();
    const gateway = await gatewayOf(`${server.origin}/v1`, {}, "bun");
    const asking = chat(gateway);
    const peer = await server.peer(0);
    await peer.request();
    await peer.send(`HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n${lines}\r\n\r\n0\r\n\r\n`);
    const answered = await asking;
    expect(answered.status).toBe(502);
    expect((await gateway.logOf(answered)).fault).toBe("upstream_garbage");
  });
});

describe.each(["bun", "deno"] as const)("on %s", (runtime) => {
  const tls = async (name: string) => ({
    cert: await Bun.file(join(FILES, `${name}.pem`)).text(),
    key: await Bun.file(join(FILES, `${name}.key.pem`)).text(),
  });

  test("a provider whose certificate nobody vouches for is told nothing", async () => {
    const server = await serverOf({ tls: await tls("loopback") });
    const gateway = await gatewayOf(`${server.origin}/v1`, {}, runtime);
    const answered = await chat(gateway);
    expect(answered.status).toBe(502);
    expect((await gateway.logOf(answered)).fault).toBe("upstream_unreachable");
    expect(server.peers.map(({ received }) => received).join("")).toBe("");
  });

  test("behind a proxy providers are asked through it", async () => {
    const proxy = await serverOf();
    const gateway = await gatewayOf("http://provider.test/v1", { http_proxy: proxy.origin }, runtime);
    const asking = chat(gateway);
    const { line, headers } = await answer(await proxy.peer(0));
    expect(line).toBe("POST http://provider.test/v1/chat/completions HTTP/1.1");
    expect(headers.get("authorization")).toBe(`Bearer ${SECRET}`);
    expect(await contentOf(asking)).toBe("Hello");
  });
});

test("a provider's certificate is trusted by the authority that the environment names", async () => {
  const server = await serverOf({
    tls: {
      cert: await Bun.file(join(FILES, "loopback.pem")).text(),
      key: await Bun.file(join(FILES, "loopback.key.pem")).text(),
    },
  });
  const env = { NODE_EXTRA_CA_CERTS: join(FILES, "authority.pem") };
  const gateway = await gatewayOf(`${server.origin}/v1`, env, "bun");
  const asking = chat(gateway);
  await answer(await server.peer(0));
  expect(await contentOf(asking)).toBe("Hello");
});
