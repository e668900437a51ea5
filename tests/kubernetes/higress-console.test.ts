import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { FakeUpstream } from "#tests/support/fake-upstream.ts";
import { startGateway } from "#tests/support/gateway.ts";
import { failing, text } from "#tests/support/upstream/script.ts";

/** The console's AI route as it is exported, but for the addresses of its services: the fake provider's, which each is a flavour of. */
const upstream = await FakeUpstream.start();
const address = upstream.origin.slice("http://".length);
const port = address.slice(address.indexOf(":") + 1);
const exported = readFileSync(new URL("../fixtures/kubernetes/console-ai-route.yaml", import.meta.url), "utf8")
  .replace("domain: api.openai.com, port: 443, protocol: https", `domain: localhost, port: ${port}, protocol: http`)
  .replaceAll(/127\.0\.0\.1:900[01]/g, address)
  // The fake takes nobody without a key.
  .replace("type: vllm, apiTokens: []", "type: vllm, apiTokens: [local-key]");

const folder = mkdtempSync(join(tmpdir(), "sluice-test-"));
mkdirSync(join(folder, "exported"));
const file = join(folder, "exported", "console.yaml");
writeFileSync(file, exported);
const gateway = await startGateway({ args: ["--resources", folder] });

afterAll(async () => {
  await gateway.stop();
  await upstream.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => upstream.reset());

function ask(model: string, key: string | undefined, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${gateway.origin}/v1/chat/completions`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      host: "ai.example.com",
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      ...headers,
    },
    body: JSON.stringify({ model, messages: [{ role: "user", content: "Hi" }] }),
  });
}

describe("an AI route of Higress' console", () => {
  test("answers its consumers, and nobody else", async () => {
    upstream.serve(text("Hello"));
    const answer = await ask("gpt-4o", "alice-key");
    expect(answer.status).toBe(200);
    expect(JSON.stringify(await answer.json())).toContain("Hello");
    expect((await ask("gpt-4o", undefined)).status).toBe(401);
    expect((await ask("gpt-4o", "nobody")).status).toBe(401);
    expect((await ask("gpt-4o", "bob-key")).status).toBe(403);
  });

  test("shares its requests by weight, and maps models for each upstream", async () => {
    upstream.serve(text("Hello"));
    const asked = new Set<string>();
    for (let count = 0; count < 60; count++) await (await ask("gpt-4o", "alice-key")).text();
    for (const { model, key } of upstream.requests) asked.add(`${model} ${key ?? ""}`);
    // 60 percent, as qwen3; 40 with one of the keys. None of the two by chance: less than once in a billion times.
    expect([...asked].some((one) => one === "qwen3 local-key")).toBe(true);
    expect([...asked].some((one) => /^gpt-4o sk-(?:one|two)$/.test(one))).toBe(true);
    expect([...asked].every((one) => /^(?:qwen3 local-key|gpt-4o sk-(?:one|two))$/.test(one))).toBe(true);
  });

  test("is for the models that it names", async () => {
    upstream.serve(text("Hello"));
    expect((await ask("qwen-long", "alice-key")).status).toBe(200);
    expect((await ask("claude-x", "alice-key")).status).toBe(404);
    expect((await ask("gpt-4o-mini", "alice-key")).status).toBe(404);
  });

  test("goes to its fallback, which has a mapping of its own", async () => {
    upstream.serve((request) => (request.key === "spare-key" ? text("Spare") : failing(503)));
    const answer = await ask("gpt-4o", "alice-key");
    expect(answer.status).toBe(200);
    expect(JSON.stringify(await answer.json())).toContain("Spare");
    expect(upstream.requests.at(-1)?.model).toBe("spare-model");
  });

  test("asks an upstream again, as proxy-next-upstream says", async () => {
    let asked = 0;
    upstream.serve(() => (++asked < 4 ? failing(503) : text("At last")));
    const answer = await ask("qwen-long", "alice-key");
    expect(JSON.stringify(await answer.json())).toContain("At last");
    expect(upstream.requests.map(({ model }) => model)).not.toContain("spare-model");
  });

  test("changes while requests come", async () => {
    writeFileSync(file, exported.replace("allow: [alice]", "allow: [bob]"));
    upstream.serve(text("Hello"));
    // Each answer is waited for; the change is in use a few of them later, or the test runs out of time.
    let status = 0;
    while (status !== 200) ({ status } = await ask("gpt-4o", "bob-key"));
    expect((await ask("gpt-4o", "alice-key")).status).toBe(403);
  });
});
