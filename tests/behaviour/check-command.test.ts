import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawnGateway, startGateway } from "#tests/support/gateway.ts";
import { sluice } from "#tests/support/sluice-command.ts";
import { within } from "#tests/support/until.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-check-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

test("a good file is said to be good", async () => {
  const text =
    "services: [{ name: s, endpoints: ['127.0.0.1:1'] }]\nroutes: [{ name: r, http: { services: [{ name: s }] } }]\n";
  const path = file("good.yaml", text);
  const { code, stdout, stderr } = await sluice("check", path);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toContain("good.yaml is good");
  expect(stdout).toMatch(/1 service/);
});

const FIVE = `providers:
  - { type: openai, apiToken: ["sk-in-the-wrong-place"] }
listeners: [{ port: 70000 }]
routes:
  - { name: chat, ai: { upstreams: [{ provider: opnai }] } }
  - { name: web, http: { services: [{ name: nobody }], timeout: soon } }
`;

test("every mistake is told at once, with its place, and no secret", async () => {
  const path = file("bad.yaml", FIVE);
  const { code, stdout, stderr } = await sluice("check", path);
  expect(code).toBe(1);
  expect(stdout).toBe("");
  expect(stderr).not.toContain("sk-in-the-wrong-place");
  const lines = stderr.trimEnd().split("\n");
  for (const line of lines) expect(line).toMatch(/bad\.yaml:\d+:\d+ {2}\S/);
  const expected = [/:2:.*did you mean apiTokens/, /:3:.*port/, /:5:.*opnai.*openai/, /:6:.*nobody/, /:6:.*timeout/];
  for (const mistake of expected) expect(lines.some((line) => mistake.test(line))).toBe(true);
});

test("what a provider's type refuses is told as well, without a network", async () => {
  const text = `providers:
  - { type: bedrock, awsRegion: us-east-1, awsSecretKey: a-secret-of-its-own }
  - { type: azure, apiTokens: [key-of-azure] }
`;
  const { code, stderr } = await sluice("check", file("refused.yaml", text));
  expect(code).toBe(1);
  expect(stderr).toMatch(/refused\.yaml:2:5 {2}providers\[0\] {2}awsAccessKey is missing; /);
  expect(stderr).toMatch(/refused\.yaml:3:5 {2}providers\[1\] {2}azureServiceUrl is missing; /);
  expect(stderr).not.toMatch(/a-secret-of-its-own|key-of-azure/);
});

test("a file that is not there is named", async () => {
  const { code, stderr } = await sluice("check", join(folder, "missing.yaml"));
  expect(code).toBe(1);
  expect(stderr).toContain("missing.yaml: there is no such file");
  expect(stderr).not.toMatch(/ENOENT|\.ts:\d/);
});

test("help and version go to stdout and are no failure", async () => {
  const help = await sluice("--help");
  expect(help).toMatchObject({ code: 0, stderr: "" });
  expect(help.stdout).toContain("sluice check FILE");
  const version = await sluice("--version");
  expect(version).toMatchObject({ code: 0, stderr: "" });
  expect(version.stdout).toMatch(/^sluice \d+\.\d+\.\d+\n$/);
});

const WRONG: readonly (readonly [line: string])[] = [["--prot=1"], ["serve"], ["check"], ["--port many"]];
test.each(WRONG)("'%s' is 2, with the usage", async (line) => {
  const { code, stdout, stderr } = await sluice(...line.split(" "));
  expect(code).toBe(2);
  expect(stdout).toBe("");
  expect(stderr).toMatch(/^sluice: \S/);
  expect(stderr).toContain("sluice check FILE");
});

test("a port in use is told kindly, and ends the start", async () => {
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(0, "127.0.0.1", resolve));
  const { port } = holder.address() as AddressInfo;
  const gateway = spawnGateway({ args: ["--host", "127.0.0.1", "--port", String(port)] });
  try {
    expect(await within("the end", gateway.exited)).toBe(1);
    await gateway.stderr.find("the port", (line) => (line.includes(`port ${port} is in use`) ? line : undefined));
    expect(gateway.stderr.text).toContain("--port");
    expect(gateway.stderr.text).not.toMatch(/\.ts:\d|EADDRINUSE/);
  } finally {
    await gateway.stop();
    await new Promise((resolve) => holder.close(resolve));
  }
});

test("--port replaces the first listener's only", async () => {
  const listeners = [{ port: 1 }, { host: "127.0.0.1", port: 0 }];
  const routes = [{ name: "r", response: { status: 200, body: "here" } }];
  // startGateway adds --port 0.
  const gateway = await startGateway({ config: { listeners, admin: { port: 0 }, routes } });
  try {
    const origins = gateway.stderr.all.flatMap((line) => /listening on (\S+)/.exec(line)?.[1] ?? []);
    expect(origins).toHaveLength(2);
    for (const origin of origins) {
      expect(new URL(origin).port).not.toBe("1");
      expect(await (await fetch(origin)).text()).toBe("here");
    }
  } finally {
    await gateway.stop();
  }
});
