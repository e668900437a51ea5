import { beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { Filter } from "#src/core/plugin.ts";
import type { ComponentPlugin } from "#src/plugin-host/component/component-plugin.ts";
import { componentInC } from "#tests/support/component/c.ts";
import { denoBinary } from "#tests/support/gateway.ts";
import { within } from "#tests/support/until.ts";
import { clangMissing } from "#tests/support/wasm/clang.ts";
import { CALLS, failure } from "./deeds.ts";
import { compiled, hooksOf, hostOf } from "./probe.ts";

/** What a guest does, and what is said of it. */
const DEEDS: Readonly<Record<string, string | RegExp>> = {
  loop: "it took more than 5000000 steps",
  trap: "it trapped",
  recursion: /it trapped: .*(?:call stack|stack overflow|steps)|steps|out of bounds/i,
  memory: "it trapped",
  calls: "it called its host more than 50000 times",
  wild: "outside of its memory",
  "not-text": "it trapped",
  giant: "it moved more than",
  "no-case": "a variant that does not exist",
};

const ROOT = join(import.meta.dir, "../../..");

describe.skipIf(clangMissing !== undefined)(`a hostile guest (${clangMissing ?? "in C"})`, () => {
  let plugin: ComponentPlugin;
  let file: string;
  beforeAll(async () => {
    const source = await Bun.file(join(import.meta.dir, "guests/hostile.c")).text();
    file = await componentInC("hostile", source);
    plugin = await compiled(await Bun.file(file).bytes());
  }, 60_000);

  const does = (deed: string, hook = "requestHeaders"): Promise<Filter> => plugin.configure({ deed, hook }, hostOf());

  test.each(Object.entries(DEEDS))("with a deed of %s is ended, and says so", async (deed, said) => {
    const filter = await does(deed);
    expect(await failure(filter)).toMatch(said);
    // Another instance takes its place, and is ended likewise.
    expect(await failure(filter)).toMatch(said);
  });

  test("is ended likewise on Deno", async () => {
    const script = join(ROOT, "tests/plugin-host/component/hostile-on-deno.ts");
    const command = [
      denoBinary(),
      "run",
      "--quiet",
      "--no-prompt",
      "--allow-read",
      script,
      file,
      ...Object.keys(DEEDS),
    ];
    const child = Bun.spawn(command, { cwd: ROOT, stdout: "pipe", stderr: "pipe" });
    try {
      const output = Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
      const [stdout, stderr, code] = await within("Deno's end", output);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      const told: unknown = JSON.parse(stdout);
      const expected = Object.entries(DEEDS).map(([deed, said]) => [
        deed,
        [expect.stringMatching(said), expect.stringMatching(said)],
      ]);
      expect(told).toEqual(Object.fromEntries(expected));
    } finally {
      child.kill("SIGKILL");
    }
  }, 30_000);

  test.each(Object.keys(CALLS))("that traps in %s fails there, and nowhere else", async (hook) => {
    const filter = await does("trap", hook);
    for (const other of Object.keys(CALLS)) {
      expect(await failure(filter, other)).toMatch(other === hook ? "it trapped" : /^$/);
    }
  });

  test("that loops in its configuration is refused", async () => {
    expect(does("loop", "configure")).rejects.toThrow("steps");
  });

  test("fills no log", async () => {
    const host = hostOf();
    const { hooks, call } = hooksOf(await plugin.configure({ deed: "logs", hook: "requestHeaders" }, host));
    await hooks.requestHeaders?.(call);
    expect(host.lines.length).toBe(1000);
  });

  test.each(["no-json", "no-chat"])("that gives back %s fails", async (deed) => {
    expect(await failure(await does(deed), "chatRequest")).not.toBe("");
  });

  test("is not asked again by the request that it failed, whatever others get", async () => {
    const filter = await does("trap");
    const [first, second] = [hooksOf(filter), hooksOf(filter)];
    await second.hooks.responseHeaders?.(second.call);
    expect(async () => first.hooks.requestHeaders?.(first.call)).toThrow("it trapped");
    expect(async () => second.hooks.responseBody?.(second.call, new Uint8Array(1))).toThrow("discarded");
    const third = hooksOf(filter);
    expect(await third.hooks.responseHeaders?.(third.call)).toBeUndefined();
  });
});
