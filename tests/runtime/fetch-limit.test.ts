import { expect, test } from "bun:test";
import { join } from "node:path";

const PROBE = join(import.meta.dir, "fetch-limit-probe.ts");

async function probe(limit: Record<string, string>): Promise<{ pid: number; seen: unknown; code: number }> {
  const { PATH = "", HOME = "" } = process.env;
  const child = Bun.spawn([process.execPath, PROBE, "7", "two words", "--port=1"], {
    env: { PATH, HOME, ...limit },
    stdout: "pipe",
  });
  const text = await child.stdout.text();
  return { pid: child.pid, seen: JSON.parse(text), code: await child.exited };
}

test("without the variable the process starts itself again with it: same id, arguments and exit code", async () => {
  const { pid, seen, code } = await probe({});
  expect(seen).toEqual({ pid, limit: "65535", rest: ["two words", "--port=1"] });
  expect(code).toBe(7);
});

test("a limit that is set is left alone", async () => {
  const { seen } = await probe({ BUN_CONFIG_MAX_HTTP_REQUESTS: "300" });
  expect(seen).toMatchObject({ limit: "300" });
});
