import { expect, test } from "bun:test";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { denoBinary } from "#tests/support/gateway.ts";
import { temporaryFile } from "#tests/support/temporary-file.ts";
import { within } from "#tests/support/until.ts";

const ROOT = join(import.meta.dir, "../..");

test("SQLite, modules and processes run on Deno, with the rights of the task gateway:stdio", async () => {
  const file = join(temporaryFile("", "marker"), "..", "shop.db");
  new DatabaseSync(file).close();
  const task: unknown = await Bun.file(join(ROOT, "deno.json")).json();
  const { command } = (task as { tasks: { "gateway:stdio": { command: string } } }).tasks["gateway:stdio"];
  const flags = command.split(" ").filter((word) => word.startsWith("--"));
  const script = join(ROOT, "tests/support/mcp/kinds-main.ts");
  const child = Bun.spawn([denoBinary(), "run", ...flags, script, file, process.execPath], {
    cwd: ROOT,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  try {
    const output = Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
    const [stdout, stderr, code] = await within("Deno's end", output);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const lines = stdout.trim().split("\n");
    expect(lines).toHaveLength(4);
    expect(lines[0]).toContain("[[42]]");
    expect(lines[1]).toContain("simple text");
    expect(lines[2]).toContain("simple text");
    expect(lines[3]).toContain("雪".repeat(1000));
  } finally {
    child.kill("SIGKILL");
  }
}, 20_000);
