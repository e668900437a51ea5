import { expect, test } from "bun:test";
import { join } from "node:path";
import { denoBinary } from "#tests/support/gateway.ts";
import { within } from "#tests/support/until.ts";

const ROOT = join(import.meta.dir, "../../..");

test("a plugin in a process of its own runs on Deno, without any rights", async () => {
  const rights = ["--no-prompt", "--allow-read", "--allow-run", "--allow-env"];
  const script = join(ROOT, "tests/plugin-host/isolated/on-deno-main.ts");
  const child = Bun.spawn([denoBinary(), "run", "--quiet", ...rights, script], {
    cwd: ROOT,
    stdout: "pipe",
    stderr: "pipe",
  });
  try {
    const output = Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
    const [stdout, stderr, code] = await within("Deno's end", output);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const lines: unknown[] = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines).toEqual([
      "set before it is asked for, another's, undefined",
      "v,false,true,,0",
      "2",
      "s3cret,undefined",
      "202  answer to asked",
      "v,,2,false,a+b,A plugin in a process of its own has no messages.",
      { brand: "sluice.LocalReply", status: 403, body: "no", headers: [], refusal: true },
      1024 * 1024,
      { env: "NotCapable", cwd: "/", file: "NotCapable" },
      "Its hook requestHeaders took longer than 1000 ms.",
      "pass-body",
    ]);
  } finally {
    child.kill("SIGKILL");
  }
}, 20_000);
