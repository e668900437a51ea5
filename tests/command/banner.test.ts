import { expect, test } from "bun:test";
import { banner } from "#src/command/banner.ts";
import { fileSource } from "#src/command/config-source.ts";
import { bindingsOf } from "#src/command/listeners.ts";
import { registry } from "#src/registry.ts";
import { temporaryFile } from "#tests/support/temporary-file.ts";

function told(text: string): string {
  const loaded = fileSource(temporaryFile(text), {}, registry)();
  if (!loaded.ok) throw new Error(loaded.problems.join("\n"));
  const open = bindingsOf(loaded.config).map((binding) => ({ binding, port: binding.port }));
  return banner(loaded.config, open, "gateway.yaml");
}

const AI = `
listeners: [{ port: 80 }, { port: 81, host: "::1" }]
admin: { port: 82, token: admin-secret }
providers: [{ type: openai, id: mine, apiTokens: [sk-secret] }, { type: echo }]
routes:
  - { name: chat, match: { path: { prefix: /ai } }, ai: { upstreams: [{ provider: mine }], fallback: { upstreams: [{ provider: echo }] } } }
  - { name: gone, match: { path: { exact: /gone } }, redirect: { host: new.example } }
`;

test("it tells what listens where, what there is, and no secret", () => {
  const text = told(AI);
  expect(text).toContain("configured by gateway.yaml");
  expect(text).toContain("listening on http://127.0.0.1:80\n");
  expect(text).toContain("listening on http://[::1]:81\n");
  expect(text).toContain("admin on http://127.0.0.1:82\n");
  expect(text).toContain("providers: mine (openai), echo\n");
  expect(text).toContain("route chat: /ai* -> mine, then echo\n");
  expect(text).toContain("route gone: /gone -> redirect 302\n");
  expect(text).not.toMatch(/secret/);
});

test("it shows a command to try, with a key only where one is wanted", () => {
  expect(told(AI)).toContain("curl http://127.0.0.1:80/ai/v1/chat/completions");
  expect(told(AI)).not.toContain("YOUR_KEY");
  expect(told(`${AI}consumers: [{ name: c, credentials: [consumer-secret] }]\n`)).toContain("Bearer YOUR_KEY");
  expect(told("routes: [{ name: r, response: { status: 204 } }]")).not.toContain("curl");
});

test("of many routes it tells how many there are, and the first", () => {
  const routes = Array.from({ length: 300 }, (_, index) => `{ name: r${index}, response: { status: 204 } }`);
  const text = told(`routes: [${routes.join(", ")}]`);
  expect(text).toContain("  300 routes, the first of them:\n  route r0: ");
  expect(text).toContain("route r9: / -> response 204\n  and 290 more\n");
  expect(text.split("\n").length).toBeLessThan(20);
});
