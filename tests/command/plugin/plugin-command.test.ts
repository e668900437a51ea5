import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "bun:test";
import { pluginCommand } from "#src/command/plugin/command.ts";
import type { SubcommandWorld } from "#src/core/subcommand.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function run(...args: string[]): Promise<{ code: number; out: string; told: string }> {
  let [out, told] = ["", ""];
  const world: SubcommandWorld = {
    readFile: (path) => readFileSync(path, "utf8"),
    writeFile: (path, text) => writeFileSync(path, text),
    fetch: () => Promise.reject(new Error("There is no network.")),
    print: (text) => void (out += text),
    tell: (text) => void (told += text),
  };
  return { code: await pluginCommand.run(args, world), out, told };
}

describe("a new plugin in TypeScript", () => {
  const made = join(folder, "team-check");

  test("is made, built and passes its own cases", async () => {
    expect((await run("new", made)).code).toBe(0);
    expect(readFileSync(join(made, "plugin.yaml"), "utf8")).toContain("name: team-check");
    expect((await run("build", made)).code).toBe(0);
    expect(existsSync(join(made, "team-check.js"))).toBeTrue();
    const { code, out } = await run("test", made);
    expect(out).toEndWith("2 passed, 0 failed\n");
    expect(code).toBe(0);
  });

  test("fails a case that expects something else, and says what differs", async () => {
    const cases = {
      config: { teams: ["red"] },
      cases: [{ name: "wrong", expect: { status: 200, trace: ["callout"] } }],
    };
    writeFileSync(join(made, "plugin.test.yaml"), JSON.stringify(cases));
    const { code, out } = await run("test", made);
    expect(code).toBe(1);
    expect(out).toContain("FAILED  wrong");
    expect(out).toContain("status: expected 200\n    found 403");
    expect(out).toContain('found "requestHeaders"');
  });

  test("tells the compiler's words when it cannot be built", async () => {
    writeFileSync(join(made, "src/plugin.ts"), "this is no program");
    const { code, told } = await run("build", made);
    expect(code).toBe(1);
    expect(told).toContain("src/plugin.ts");
  });
});

test("a folder that is in use is left alone", async () => {
  writeFileSync(join(folder, "here"), "");
  expect(await run("new", folder)).toMatchObject({ code: 1, told: expect.stringContaining("is not empty") });
});

test.each([
  [[], "what shall be done?"],
  [["frob"], "'frob' is no part of it"],
  [["new"], "new takes one argument"],
  [["new", "a", "--language", "cobol"], "--language is one of"],
])("%j is not understood", async (args, problem) => {
  const { code, told } = await run(...args);
  expect(code).toBe(2);
  expect(told).toContain(problem);
});

test("inspect says what a module is", async () => {
  const file = join(folder, "empty.wasm");
  writeFileSync(file, new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]));
  const { out } = await run("inspect", file);
  expect(out).toContain("module, 8 bytes");
  expect(out).toContain("sha256: 93a44bbb96c751218e4c00d479e4c14358122a389acca16205b1e4d0dc5f9476");
  writeFileSync(file, "text");
  expect(await run("inspect", file)).toMatchObject({ code: 1, told: "sluice plugin: it is no WebAssembly\n" });
});
