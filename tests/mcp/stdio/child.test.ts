import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { Child, type ChildOptions } from "#mcp/stdio/child.ts";
import { systemClock } from "#src/core/clock.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";
import { denoBinary } from "#tests/support/gateway.ts";
import { messageOf } from "#tests/support/message-of.ts";
import { until, within } from "#tests/support/until.ts";

const ROOT = join(import.meta.dir, "../../..");

/** A running shell script, with what it said. */
class Script {
  readonly lines: string[] = [];
  readonly errors: string[] = [];
  readonly reason = Promise.withResolvers<string>();
  readonly clock = new FakeClock();
  readonly child: Child;

  constructor(script: string, options: Partial<ChildOptions> = {}) {
    this.child = new Child(
      {
        command: "/bin/sh",
        args: ["-c", script],
        env: { PATH: process.env["PATH"] ?? "" },
        cwd: "/",
        clock: this.clock,
        grace: 1000,
        maxLine: 1000,
        maxUnread: 100_000,
        ...options,
      },
      {
        line: (text) => void this.lines.push(text),
        errorLine: (text) => void this.errors.push(text),
        gone: (reason) => this.reason.resolve(reason),
      },
    );
  }

  gone(): Promise<string> {
    return within("the process' end", this.reason.promise);
  }

  said(count: number): Promise<void> {
    return until(`it has said ${count} lines`, () => this.lines.length >= count);
  }
}

/** Whether any process of the group runs; one that is dead may wait for its parent to look. */
function groupLives(pid: number | undefined): boolean {
  const { stdout } = Bun.spawnSync(["ps", "-eo", "pgid=,stat="]);
  return new RegExp(`^ *${pid} +[^Z]`, "m").test(stdout.toString());
}

describe("a child", () => {
  test("reads and says lines, and ends with its input", async () => {
    const script = new Script('while read -r line; do echo "you said $line"; echo aside >&2; done; printf last');
    await script.child.write("one");
    await script.child.write("zwölf 雪");
    await script.said(2);
    const stopped = script.child.stop("the test is over");
    expect(await script.gone()).toBe("the test is over");
    await stopped;
    expect(script.lines).toEqual(["you said one", "you said zwölf 雪", "last"]);
    expect(script.errors).toEqual(["aside", "aside"]);
    expect(script.clock.pending).toBe(0);
  });

  test("has no other environment than it was given", async () => {
    const script = new Script("env | sort", { env: { PATH: "/usr/bin:/bin", GREETING: "hi" } });
    await script.gone();
    expect(script.lines.filter((line) => !/^(?:PWD|OLDPWD|SHLVL|_)=/.test(line))).toEqual([
      "GREETING=hi",
      "PATH=/usr/bin:/bin",
    ]);
  });

  test("that ends by itself says how", async () => {
    expect(await new Script("exit 3").gone()).toBe("it ended with status 3");
    expect(await new Script("kill -9 $$").gone()).toBe("it was ended by signal 9");
    expect(await new Script("", { command: "/nonesuch" }).gone()).toBe("its command could not be run");
  });

  test("that does not end with its input is told to, and then killed, with its children", async () => {
    const script = new Script("trap 'echo told' TERM; sleep 1000 & echo up; while :; do wait; sleep 1000; done");
    await script.said(1);
    void script.child.stop("no longer wanted");
    script.clock.advance(999);
    expect(script.lines).toEqual(["up"]);
    script.clock.advance(1);
    await script.said(2);
    expect(groupLives(script.child.pid)).toBe(true);
    script.clock.advance(1000);
    expect(await script.gone()).toBe("no longer wanted");
    await until("the group is gone", () => !groupLives(script.child.pid));
  });

  test("leaves none of its own children behind", async () => {
    const script = new Script("sleep 1000 & echo up");
    await script.gone();
    await until("the group is gone", () => !groupLives(script.child.pid));
  });

  test("that sends too long a line is killed", async () => {
    const script = new Script("head -c 2000 /dev/zero | tr '\\0' x; sleep 1000");
    expect(await script.gone()).toBe("it sent a message of more than 1000 bytes");
    expect(script.lines).toEqual([]);
  });

  test("that does not read is written to no more", async () => {
    const script = new Script("sleep 1000", { maxUnread: 1000 });
    const written = Array.from({ length: 50 }, () => script.child.write("x".repeat(20_000)));
    const settled = Promise.allSettled(written);
    expect(await messageOf(written.at(-1) ?? Promise.resolve())).toMatch("does not read");
    await script.child.kill("enough");
    await within("all of them", settled);
    expect(await messageOf(script.child.write("more"))).toMatch("not running");
  });
});

test.each([
  ["Bun", [process.execPath]],
  ["Deno", [denoBinary(), "run", "--allow-all"]],
])("nothing is left of a server when its parent on %s is killed", async (_runtime, command) => {
  const parent = Bun.spawn([...command, join(ROOT, "tests/support/stdio-parent.ts")], {
    cwd: ROOT,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "inherit",
  });
  try {
    const { value } = await within("the group's id", parent.stdout.getReader().read());
    const pid = Number(new TextDecoder().decode(value));
    expect(groupLives(pid)).toBe(true);
    parent.kill("SIGKILL");
    await until("the group is gone", () => !groupLives(pid));
  } finally {
    parent.kill("SIGKILL");
  }
});

test("the machine's clock is what a gateway gives it", async () => {
  const script = new Script("trap '' TERM; echo up; sleep 1000; sleep 1000", { clock: systemClock, grace: 20 });
  await script.said(1);
  await within("its end", script.child.stop("over"));
  await until("the group is gone", () => !groupLives(script.child.pid));
});
