import { expect, test } from "bun:test";
import { spawnGateway } from "#tests/support/gateway.ts";
import { within } from "#tests/support/until.ts";

const BROKEN = `admin: { port: 0 }
providers:
  - id: openai
    type: openai
    apiToken: ["sk-in-the-wrong-place"]
routes:
  - name: chat
    ai: { upstreams: [{ provider: opnai }] }
`;

test("a file that cannot be used ends the start with every problem, its place and a hint, and no secret", async () => {
  const gateway = spawnGateway({ config: BROKEN });
  try {
    expect(await within("the end", gateway.exited)).toBe(1);
    await gateway.stderr.find("the last problem", (line) => (line.includes("opnai") ? line : undefined));
    const said = gateway.stderr.text;
    expect(said).toContain(gateway.configFile);
    expect(said).toMatch(/gateway\.yaml:5/);
    expect(said).toMatch(/apiToken.*apiTokens/s);
    expect(said).toMatch(/opnai.*openai/s);
    expect(said).not.toContain("sk-in-the-wrong-place");
    expect(said).not.toMatch(/\bat .*\.ts:\d+/);
  } finally {
    await gateway.stop();
  }
});

test("a variable that is not set is named", async () => {
  const config = 'providers: [{ id: p, type: openai, apiTokens: ["${env:NO_SUCH_KEY}"] }]\nroutes: []\n';
  const gateway = spawnGateway({ config });
  try {
    expect(await within("the end", gateway.exited)).toBe(1);
    await gateway.stderr.find("the variable", (line) => (line.includes("NO_SUCH_KEY") ? line : undefined));
  } finally {
    await gateway.stop();
  }
});
