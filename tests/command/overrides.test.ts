import { expect, test } from "bun:test";
import { fileSource, type Loaded } from "#src/command/config-source.ts";
import { overridden } from "#src/command/overrides.ts";
import { registry } from "#src/registry.ts";
import { temporaryFile } from "#tests/support/temporary-file.ts";

const NONE = { host: undefined, port: undefined, adminPort: undefined };

function loaded(text: string): Loaded {
  return fileSource(temporaryFile(text), {}, registry)();
}

function listenersOf(result: Loaded): unknown {
  return result.ok ? [result.config.listeners, result.config.admin] : result.problems;
}

const TWO = "listeners: [{ port: 80, host: 127.0.0.1 }, { port: 81 }]\nadmin: { port: 82, token: t }\n";

test("what is not said stays", () => {
  const before = loaded(TWO);
  expect(overridden(before, NONE)).toEqual(before);
});

test("host and port are the first listener's, the admin port is the admin's", () => {
  expect(listenersOf(overridden(loaded(TWO), { host: "::1", port: 0, adminPort: 9 }))).toEqual([
    [
      { name: "http-80", host: "::1", port: 0 },
      { name: "http-81", host: "0.0.0.0", port: 81 },
    ],
    { host: "127.0.0.1", port: 9, token: "t" },
  ]);
});

test("an admin that is off stays off", () => {
  expect(listenersOf(overridden(loaded("admin: false"), { ...NONE, adminPort: 9 }))).toEqual([
    [{ name: "http-8080", host: "0.0.0.0", port: 8080 }],
    false,
  ]);
});

test("problems stay problems", () => {
  const bad = loaded("listeners: 5");
  expect(bad.ok).toBe(false);
  expect(overridden(bad, { ...NONE, port: 1 })).toBe(bad);
});
