import { beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { componentInC } from "#tests/support/component/c.ts";
import { messageOf } from "#tests/support/message-of.ts";
import { until } from "#tests/support/until.ts";
import { clangMissing } from "#tests/support/wasm/clang.ts";
import { ask, entry as entryOf, stage } from "./stage.ts";

let path = "";
const entry = (what: string, more: object = {}): object => entryOf(path, what, more);

beforeAll(async () => {
  if (clangMissing !== undefined) return;
  path = await componentInC("hostile", await Bun.file(join(import.meta.dir, "component.c")).text());
}, 60_000);

/** What ends a guest at once, in whatever hook. */
const DEADLY = [
  "spin",
  "fill",
  "recurse",
  "trap",
  "grow",
  "flood-log",
  "flood-headers",
  "flood-metrics",
  "beyond",
  "broken-reply",
  "endless-headers",
  "odd-status",
  "odd-header",
  "odd-request-header",
  "no-such-verdict",
];

/** Hooks, and what becomes of a request in which they end the guest: its status, and whether its answer comes. */
const HOOKS: readonly (readonly [hook: string, status: number, whole: boolean])[] = [
  ["request-headers", 503, false],
  ["request-body", 503, false],
  ["response-headers", 503, false],
  ["response-body", 503, false],
  ["response-chunk", 0, false],
  ["done", 200, true],
];

describe.skipIf(clangMissing !== undefined)("a hostile component", () => {
  test.each(DEADLY)("that does %s fails its own requests, and nobody else's", async (what) => {
    await using one = await stage([entry(`${what} request-headers`)]);
    expect((await ask(one)).status).toBe(503);
    expect((await one.fetch("/v1/models")).status).toBe(200);
    expect((await ask(one)).status).toBe(503);
  });

  test.each(HOOKS)("that traps in %s", async (hook, status, whole) => {
    await using one = await stage([entry(`trap ${hook}`)]);
    for (let request = 0; request < 2; request++) {
      const answer = await ask(one);
      expect([answer.status, answer.text === "from the backend"]).toEqual([status, whole]);
    }
  });

  test("that fails is left out with FAIL_OPEN", async () => {
    await using one = await stage([entry("spin request-headers", { failStrategy: "FAIL_OPEN" })]);
    for (let request = 0; request < 2; request++)
      expect(await ask(one)).toEqual({ status: 200, text: "from the backend" });
  });

  test("that traps in its timer is there again", async () => {
    await using one = await stage([entry("trap tick")]);
    await until("it has trapped", () => one.logs.length > 0);
    await until("it is there", async () => (await ask(one)).status === 200);
  });

  test.each(["trap configure", "spin configure", "grow configure", "many-hooks configure"])(
    "that does %s is no configuration",
    async (what) => {
      expect(await messageOf(stage([entry(what)]))).toStartWith("The plugin 'hostile': ");
    },
  );

  test("whose answer is large is bounded by its memory", async () => {
    await using one = await stage([entry("giant-reply request-headers")]);
    const { status, text } = await ask(one);
    expect([status, text.length]).toEqual([200, 2 * 1024 * 1024]);
  });

  test.each(["spin", "recurse", "grow", "trap"])("that does %s in a process of its own", async (what) => {
    await using one = await stage([entry(`${what} request-headers`, { isolation: "process" })]);
    expect((await ask(one)).status).toBe(503);
    expect((await one.fetch("/v1/models")).status).toBe(200);
    expect((await ask(one)).status).toBe(503);
  });
});
