import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { stdioKind } from "#mcp/stdio/kind.ts";
import { systemClock } from "#src/core/clock.ts";
import type { JsonObject } from "#src/core/json.ts";
import type { LogFields } from "#src/core/log.ts";
import { SessionLost } from "#src/core/mcp/messages.ts";
import type { McpCall, McpServer } from "#src/core/mcp/server.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";
import { mcpCall } from "#tests/support/mcp-call.ts";
import { messageOf } from "#tests/support/message-of.ts";
import { textIn } from "#tests/support/mcp-text.ts";
import { mcpSession } from "#tests/support/mcp-session.ts";
import { mcpWorld } from "#tests/support/mcp-world.ts";
import { until, within } from "#tests/support/until.ts";

const FAKE = join(import.meta.dir, "../../support/mcp/fake-stdio-server.ts");
const LEGACY = { client: { version: "2025-11-25" } };
const logged: LogFields[] = [];

/** A server that is closed with the test. */
async function open(
  settings: JsonObject,
  clock = new FakeClock(),
): Promise<McpServer & AsyncDisposable & { readonly clock: FakeClock }> {
  const keep = (_message: string, fields: LogFields = {}): void => void logged.push(fields);
  const world = mcpWorld({ clock, log: { info: keep, warn: keep, error: keep } });
  const server = await stdioKind.create("fake", stdioKind.schema.parse(settings), world);
  return Object.assign(server, {
    clock,
    [Symbol.asyncDispose]: async () => {
      let over = false;
      void server.close().then(() => (over = true));
      // What does not end with its input is killed, in time.
      await until("the processes' end", () => {
        clock.advance(2000);
        return over;
      });
    },
  });
}

function fake(settings: JsonObject = {}, ...faults: string[]): ReturnType<typeof open> {
  return open({ command: process.execPath, args: [FAKE, ...faults], ...settings });
}

async function called(server: McpServer, name: string, call: McpCall = mcpCall(), meta?: JsonObject): Promise<string> {
  const params = { name, arguments: {}, ...(meta !== undefined && { _meta: meta }) };
  const { content } = await within(
    `the answer of ${name}`,
    Promise.resolve(server.handle({ method: "tools/call", params }, call)),
  );
  return textIn(content);
}

const pidIn = (count: string): number => Number(count.split(": ")[0]);

function lives(pid: number): boolean {
  const { stdout } = Bun.spawnSync(["ps", "-o", "stat=", "-p", String(pid)]);
  return /^[^Z\s]/.test(stdout.toString());
}

describe("a shared process", () => {
  test("is started once, for all, and ends with the server", async () => {
    let pid = 0;
    {
      await using server = await fake();
      const session = mcpSession("one");
      const answers = await Promise.all([
        called(server, "count"),
        called(server, "count", mcpCall({ ...LEGACY, session })),
        called(server, "count"),
      ]);
      pid = pidIn(answers[0] ?? "");
      expect(answers.map((answer) => answer.split(": ")[1])).toEqual(expect.arrayContaining(["1", "2", "3"]));
      expect(new Set(answers.map(pidIn)).size).toBe(1);
      expect(lives(pid)).toBe(true);
    }
    await until("it is gone", () => !lives(pid));
  });

  test("has the environment it was given and no other", async () => {
    process.env["SLUICE_TEST_SECRET"] = "of the gateway";
    await using server = await fake({ env: { GIVEN: "1" }, inheritEnv: ["PATH", "NOT_THERE"] });
    const names = JSON.parse(await called(server, "environment")) as string[];
    delete process.env["SLUICE_TEST_SECRET"];
    expect(names.filter((name) => !["PWD", "OLDPWD", "SHLVL", "_"].includes(name))).toEqual(["GIVEN", "PATH"]);
  });

  test("is understood whatever it writes between its messages, byte by byte", async () => {
    await using server = await fake({}, "garbage", "slow-bytes");
    expect(await called(server, "snow")).toBe("雪".repeat(1000));
    expect(logged).toContainEqual({ server: "fake", line: "npm notice: there is a new version" });
  });

  test("that says nothing to server/discover is greeted as an older one", async () => {
    await using server = await fake({}, "silent-probe");
    const counted = called(server, "count");
    await until("the answer is waited for", () => server.clock.pending >= 2);
    server.clock.advance(5000);
    expect(await counted).toEndWith(": 1");
  });

  test("gives each client its own progress", async () => {
    await using server = await fake();
    const [one, other] = [mcpCall(), mcpCall()];
    const meta = { progressToken: "same" };
    await Promise.all([called(server, "progress", one, meta), called(server, "progress", other, meta)]);
    for (const { notifications } of [one, other]) {
      expect(notifications.map(({ params }) => params)).toEqual([
        { progressToken: "same", progress: 1 },
        { progressToken: "same", progress: 2 },
      ]);
    }
  });

  test("asks the client whose call is under way, and nobody when it could be several", async () => {
    await using server = await fake();
    const answering = mcpCall({ answer: () => ({ model: "mine" }) });
    expect(JSON.parse(await called(server, "ask", answering))).toEqual({ model: "mine" });
    const waiting = called(server, "hang").catch(() => {});
    expect(JSON.parse(await called(server, "ask", answering))).toMatchObject({
      code: -32603,
      message: "There is no client to be asked just now.",
    });
    void waiting;
  });

  test("does not show its secrets in the log", async () => {
    await using server = await fake({ env: { PASSWORD: "tr0ub4dor" } });
    await called(server, "complain");
    await until("it is logged", () => logged.some(({ line }) => String(line).startsWith("the password")));
    expect(logged).toContainEqual({ server: "fake", line: "the password is ***" });
  });

  test("is stopped when nobody asks, and started again when somebody does", async () => {
    await using server = await fake({ idleStop: "1m" });
    const listening = mcpCall();
    await server.listen({ toolsListChanged: true }, listening);
    const pid = pidIn(await called(server, "count"));
    server.clock.advance(59_999);
    expect(pidIn(await called(server, "count"))).toBe(pid);
    server.clock.advance(60_000);
    await until("it is gone", () => !lives(pid));
    expect(await server.describe(mcpCall())).toMatchObject({ serverInfo: { name: "fake" } });
    expect(pidIn(await called(server, "count"))).not.toBe(pid);
  });
});

describe("a process that fails", () => {
  test("takes the calls under way with it, is started again, and those who listen are told", async () => {
    await using server = await fake();
    const listening = mcpCall();
    await server.listen({ toolsListChanged: true }, listening);
    const pid = pidIn(await called(server, "count"));
    const waiting = called(server, "hang");
    waiting.catch(() => {});
    expect(await messageOf(called(server, "exit"))).toMatch("The server's process is gone: it ended with status 3.");
    expect(await messageOf(waiting)).toMatch("ended with status 3");
    // The first attempt comes at once.
    server.clock.advance(0);
    await until("it is told", () => listening.notifications.length > 0);
    expect(listening.notifications).toEqual([{ method: "notifications/tools/list_changed", params: {} }]);
    expect(pidIn(await called(server, "count"))).not.toBe(pid);
  });

  test("again and again is left alone for longer and longer", async () => {
    await using server = await fake({ restart: { initialDelay: 1000, maxDelay: 1500 } }, "dies");
    expect(await messageOf(called(server, "count"))).toMatch("ended with status 7");
    expect(await messageOf(called(server, "count"))).toMatch("ended with status 7");
    expect(await messageOf(called(server, "count"))).toMatch(
      "The server 'fake' keeps ending (The server's process is gone: it ended with status 7.). It is started again in 1 s at the earliest.",
    );
    server.clock.advance(1000);
    expect(await messageOf(called(server, "count"))).toMatch(/process is gone: it ended with status 7\.$/);
    expect(await messageOf(called(server, "count"))).toMatch("in 2 s at the earliest");
  });

  test("with a message that is too long", async () => {
    await using server = await fake({ maxMessageSize: "100KiB" });
    await called(server, "count");
    expect(await messageOf(called(server, "huge"))).toMatch("it sent a message of more than 102400 bytes");
    expect(await called(server, "count")).toEndWith(": 1");
  });

  test("to introduce itself", async () => {
    await using server = await fake({ startTimeout: "20s" }, "mute");
    const counted = called(server, "count");
    counted.catch(() => {});
    await until("the answer is waited for", () => server.clock.pending >= 2);
    server.clock.advance(20_000);
    expect(await messageOf(counted)).toMatch("did not introduce itself within 20 s");
  });

  test("to end, though it was asked and told to", async () => {
    let pid = 0;
    {
      await using server = await fake({}, "deaf");
      pid = pidIn(await called(server, "count"));
    }
    await until("it is gone", () => !lives(pid));
  });

  test("to answer in time", async () => {
    await using server = await fake({ timeout: "30s" });
    await called(server, "count");
    const hanging = called(server, "hang");
    hanging.catch(() => {});
    await until("the answer is waited for", () => server.clock.pending >= 1);
    server.clock.advance(30_000);
    expect(await messageOf(hanging)).toMatch("did not answer within 30 s");
  });
});

describe("a process for each session", () => {
  test("is the session's alone, and ends with it", async () => {
    await using server = await fake({ mode: "session" });
    const [one, other] = [mcpSession("one"), mcpSession("other")];
    const first = mcpCall({ ...LEGACY, session: one });
    const second = mcpCall({ ...LEGACY, session: other });
    const counts = [await called(server, "count", first), await called(server, "count", first)];
    const stranger = await called(server, "count", second);
    const [pid, otherPid] = [pidIn(counts[0] ?? ""), pidIn(stranger)];
    expect(counts).toEqual([`${pid}: 1`, `${pid}: 2`]);
    expect(otherPid).not.toBe(pid);
    await server.endSession?.(one);
    await until("it is gone", () => !lives(pid));
    other.end();
    await until("it is gone", () => !lives(otherPid));
  });

  test("is not replaced when it has crashed: what it knew is gone", async () => {
    await using server = await fake({ mode: "session" });
    const call = mcpCall({ ...LEGACY, session: mcpSession("one") });
    await called(server, "count", call);
    expect(await messageOf(called(server, "exit", call))).toMatch("ended with status 3");
    const lost = await called(server, "count", call).catch((error: unknown) => error);
    expect(lost).toBeInstanceOf(SessionLost);
  });

  test("is not started beyond the limit", async () => {
    await using server = await fake({ mode: "session", maxProcesses: 1 });
    const session = mcpSession("one");
    await called(server, "count", mcpCall({ ...LEGACY, session }));
    const late = mcpCall({ ...LEGACY, session: mcpSession("late") });
    expect(await messageOf(called(server, "count", late))).toMatch("Too many clients use 'fake'");
    await server.endSession?.(session);
    expect(await called(server, "count", late)).toEndWith(": 1");
  });

  test("asks its own client, also when it does several things at once", async () => {
    await using server = await fake({ mode: "session" });
    const session = mcpSession("one");
    const parts = { client: { version: "2025-11-25", capabilities: { sampling: {} } }, session };
    const call = mcpCall({ ...parts, answer: () => ({ model: "mine" }) });
    const waiting = called(server, "hang", call).catch(() => {});
    expect(JSON.parse(await called(server, "ask", call))).toEqual({ model: "mine" });
    void waiting;
  });
});

describe("settings that cannot be used say why:", () => {
  test.each([
    ["a command that is nowhere", { command: "nonesuch" }, "'nonesuch' is not on the PATH"],
    ["a path that is no program", { command: "./README.md" }, "is no file that can be run"],
    ["a folder that is none", { command: "sh", cwd: "README.md" }, "is no folder"],
  ])("%s", async (_name, settings, message) => {
    expect(await messageOf(open(settings))).toMatch(message);
  });
});

test("the machine's clock is what a gateway gives it", async () => {
  const settings = stdioKind.schema.parse({ command: process.execPath, args: [FAKE, "deaf"], stopGrace: "20ms" });
  const server = await stdioKind.create("fake", settings, mcpWorld({ clock: systemClock }));
  const pid = pidIn(await called(server, "count"));
  await within("its end", server.close());
  await until("it is gone", () => !lives(pid));
});
