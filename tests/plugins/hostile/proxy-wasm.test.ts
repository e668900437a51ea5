import { beforeAll, describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "#tests/support/message-of.ts";
import { temporaryFolder } from "#tests/support/temporary-file.ts";
import { until } from "#tests/support/until.ts";
import { buildC, clangMissing } from "#tests/support/wasm/clang.ts";
import { ask, entry as entryOf, stage } from "./stage.ts";

const path = join(temporaryFolder(), "hostile.wasm");

const entry = (what: string, more: object = {}): object => entryOf(path, what, more);

beforeAll(async () => {
  if (clangMissing === undefined)
    writeFileSync(path, await buildC(await Bun.file(join(import.meta.dir, "proxy-wasm.c")).text()));
}, 30_000);

/** What ends a guest at once, in whatever callback. */
const DEADLY = [
  "spin",
  "fill",
  "recurse",
  "trap",
  "exit",
  "grow",
  "flood-log",
  "flood-callouts",
  "flood-shared",
  "flood-metrics",
];

/** Callbacks, and what becomes of a request in which they end the guest: its status, and how much of its answer comes. */
const CALLBACKS: readonly (readonly [callback: string, status: number, whole: boolean])[] = [
  ["context_create", 503, false],
  ["request_headers", 503, false],
  ["request_body", 503, false],
  ["response_headers", 503, false],
  ["response_body", 0, false],
  ["done", 200, true],
  ["log", 200, true],
  ["delete", 200, true],
];

/** What the host bounds by itself, so that the guest lives. */
const HARMLESS = ["giant-reply", "giant-header", "broken-headers", "beyond"];

describe.skipIf(clangMissing !== undefined)("a hostile proxy-wasm plugin", () => {
  test.each(DEADLY)("that does %s fails its own requests, and nobody else's", async (what) => {
    await using one = await stage([entry(`${what} request_headers`)]);
    expect((await ask(one)).status).toBe(503);
    expect((await one.fetch("/v1/models")).status).toBe(200);
    expect((await ask(one)).status).toBe(503);
  });

  test("that fails is left out with FAIL_OPEN", async () => {
    await using one = await stage([entry("spin request_headers", { failStrategy: "FAIL_OPEN" })]);
    for (let request = 0; request < 2; request++)
      expect(await ask(one)).toEqual({ status: 200, text: "from the backend" });
  });

  test.each(CALLBACKS)("that traps in %s", async (callback, status, whole) => {
    await using one = await stage([entry(`trap ${callback}`)]);
    for (let request = 0; request < 2; request++) {
      const answer = await ask(one);
      expect([answer.status, answer.text === "from the backend"]).toEqual([status, whole]);
    }
  });

  test("that traps in its timer is there again", async () => {
    await using one = await stage([entry("trap tick")]);
    await until("it has trapped", () => JSON.stringify(one.logs).includes("has ended in proxy_on_tick"));
    await until("it is there", async () => (await ask(one)).status === 200);
  });

  test.each(["trap configure", "spin configure", "grow configure"])(
    "that does %s is no configuration",
    async (what) => {
      const message = await messageOf(stage([entry(what)]));
      expect(message).toStartWith("The plugin 'hostile': The plugin's VM has ended in proxy_on_configure: ");
    },
    30_000,
  );

  test.each(HARMLESS)("that does %s is bounded", async (what) => {
    await using one = await stage([entry(`${what} request_headers`)]);
    const { status, text } = await ask(one);
    expect([200, 431, 503]).toContain(status);
    expect(text.length).toBeLessThanOrEqual(2 * 1024 * 1024);
    expect((await one.fetch("/v1/models")).status).toBe(200);
  });

  test("sees no environment and no files", async () => {
    await using one = await stage([entry("look-around request_headers")]);
    expect((await ask(one)).status).toBe(200);
    const lines = one.logs.map(({ message }) => message).filter((line) => /environment|folder|file/.test(line));
    expect(lines).toEqual(["no environment", "no folders", "no file"]);
  });
});

describe.skipIf(clangMissing !== undefined)("a hostile proxy-wasm plugin in a process of its own", () => {
  const apart = { isolation: "process" };

  test.each(["spin", "recurse", "grow", "trap", "flood-log"])("that does %s fails its own requests", async (what) => {
    await using one = await stage([entry(`${what} request_headers`, apart)]);
    expect((await ask(one)).status).toBe(503);
    expect((await one.fetch("/v1/models")).status).toBe(200);
    expect((await ask(one)).status).toBe(503);
  });

  test.each(["response_headers", "response_body", "log"])("that traps in %s", async (callback) => {
    await using one = await stage([entry(`trap ${callback}`, apart)]);
    const answer = await ask(one);
    const became: readonly unknown[] = [callback, answer.status, answer.text === "from the backend"];
    expect(CALLBACKS).toContainEqual(became as (typeof CALLBACKS)[number]);
  });

  test("and without fuel is ended with its process, which holds nobody up but its own", async () => {
    const limits = { fuel: 2_000_000_000, memory: "4MiB", instances: 1 };
    await using one = await stage([entry("spin request_headers", { ...apart, limits, timeout: "300ms" })]);
    const stuck = ask(one);
    expect((await one.fetch("/v1/models")).status).toBe(200);
    expect((await stuck).status).toBe(503);
    await until("its process is ended", () => JSON.stringify(one.logs).includes("it is stuck in a hook"));
  });

  test("sees no environment and no files", async () => {
    await using one = await stage([entry("look-around request_headers", apart)]);
    expect((await ask(one)).status).toBe(200);
    await until("it has looked", () => one.logs.some(({ message }) => message === "no file"));
    const lines = one.logs.map(({ message }) => message).filter((line) => /environment|folder|file/.test(line));
    expect(lines).toEqual(["no environment", "no folders", "no file"]);
  });
});
