import { describe, expect, test } from "bun:test";
import { type Clock, systemClock } from "#src/core/clock.ts";
import { fakePluginHost } from "#tests/support/fake-plugin-host.ts";
import { messageOf } from "#tests/support/message-of.ts";
import { until } from "#tests/support/until.ts";
import { keptCall } from "./kept-call.ts";
import { configured, everything, isolated } from "./stage.ts";

/** A clock on which every pause of the given lengths is over at once, or never. */
function clockWith(pauses: Readonly<Record<number, "now" | "never">>): Clock & { readonly asked: number[] } {
  const asked: number[] = [];
  return {
    ...systemClock,
    asked,
    after(delay, run) {
      asked.push(delay);
      const how = pauses[delay];
      return how === "never" ? () => {} : systemClock.after(how === "now" ? 0 : delay, run);
    },
  };
}

describe("a plugin that is stuck", () => {
  test("has its process ended when its time is over, and is there again", async () => {
    await using one = await isolated({ deadline: 200, clock: clockWith({ 500: "now" }) });
    const waiting = messageOf(one.ask("wait"));
    expect(await messageOf(one.ask("spin"))).toBe("Its hook requestHeaders took longer than 200 ms.");
    expect(await waiting).toBe("Its hook requestHeaders took longer than 200 ms.");
    await until("its process is ended", () => one.host.lines.length > 0);
    expect(one.host.lines).toEqual([
      { level: "error", message: "The plugin's process is gone: it is stuck in a hook." },
    ]);
    await until("it is there again", async () => (await messageOf(one.ask("pass"))) === "(it did not fail)");
  });

  test("takes those with it that come meanwhile, and nobody else", async () => {
    await using one = await isolated({ deadline: 200, clock: clockWith({ 500: "now" }) });
    await using other = await isolated({ deadline: 200 });
    const stuck = messageOf(one.ask("spin"));
    const behind = messageOf(one.ask("pass"));
    expect((await other.ask("pass")).verdict).toBe("pass-body");
    expect(await stuck).toContain("took longer than 200 ms.");
    expect(await behind).toMatch(/took longer than 200 ms\.|is gone: it is stuck in a hook\./);
  });

  test("that only waits loses its hook alone", async () => {
    await using one = await isolated({ deadline: 100 });
    expect(await messageOf(one.ask("wait"))).toBe("Its hook requestHeaders took longer than 100 ms.");
    expect((await one.ask("pass")).verdict).toBe("pass-body");
    expect(one.host.lines).toEqual([]);
  });

  test("before it is configured is told", async () => {
    const clock = clockWith({ 30_000: "now" });
    expect(await messageOf(isolated({ clock }, { hang: true }))).toMatch(/within 30 seconds|it hung/);
  });
});

describe("a process that ends", () => {
  test("fails the hooks under way, and is started again with its configurations", async () => {
    const kind = everything();
    await using one = await configured(kind, {}, fakePluginHost({ secrets: { key: "1" } }));
    await using two = await configured(kind, { stateful: true });
    const call = keptCall([], { answered: true });
    const hooks = two.open(call);
    await hooks.requestHeaders?.(call);
    const waiting = messageOf(one.ask("wait"));
    const gone = "The plugin's process is gone: it ended with status 7.";
    expect(await messageOf(one.ask("exit"))).toBe(gone);
    expect(await waiting).toBe(gone);
    await until("it is there again", async () => (await messageOf(one.ask("pass"))) === "(it did not fail)");
    expect((await one.ask("secret")).said).toBe("1,undefined");
    // The state of requests that had begun went with it.
    expect(await messageOf(Promise.resolve(hooks.responseHeaders?.(call)))).toBe(
      "The plugin's process that began with this request is gone.",
    );
    const next = keptCall();
    await two.open(next).requestHeaders?.(next);
    expect(next.request.headers.get("count")).toBe("1");
  });

  test("again and again is started after pauses that grow; meanwhile it is not waited for", async () => {
    const clock = clockWith({ 200: "now", 1000: "never" });
    await using one = await isolated({ clock });
    const gone = "The plugin's process is gone: it ended with status 7.";
    for (const pause of [0, 200, 1000]) {
      await until("it is there", async () => (await messageOf(one.ask("pass"))) === "(it did not fail)");
      expect(await messageOf(one.ask("exit"))).toBe(gone);
      await until("the pause has begun", () => clock.asked.filter((delay) => delay === pause).length > 0);
    }
    expect(await messageOf(one.ask("pass"))).toBe(
      `The plugin's process is gone: it ended with status 7. It is started again soon.`,
    );
    expect(one.host.lines).toHaveLength(3);
  });

  test("because nobody needs it is not started again", async () => {
    const one = await isolated();
    const waiting = messageOf(one.ask("wait"));
    one.filter.close?.();
    expect(await waiting).toBe("The plugin's process is gone: it was stopped.");
    expect(one.host.lines).toEqual([]);
  });
});

describe("a plugin that takes too much", () => {
  test.skipIf(process.platform !== "linux")("memory has its process ended", async () => {
    await using one = await isolated({ maxMemory: 512 * 1024 * 1024 });
    expect(await messageOf(one.ask("take memory"))).toMatch(
      /^The plugin's process is gone: it has \d+ bytes of memory, and 536870912 are allowed\.$/,
    );
  });

  test("to say has its process ended", async () => {
    await using one = await isolated({ deadline: 5000 });
    const ended = /^The plugin's process is gone: it said more than \d+ things in a second\.$|took longer than 5000 ms/;
    expect(await messageOf(one.ask("flood with lines"))).toMatch(ended);
  });

  test("to ask without an end has its process ended as one that is stuck", async () => {
    await using one = await isolated({ deadline: 100, clock: clockWith({ 500: "now" }) });
    expect(await messageOf(one.ask("flood with questions"))).toContain("took longer than 100 ms.");
    await until("its process is ended", () => one.host.lines.length > 0);
    expect(one.host.lines[0]?.message).toBe("The plugin's process is gone: it is stuck in a hook.");
  });

  test("shared data is told so", async () => {
    const host = fakePluginHost();
    const refusing = {
      ...host,
      shared: {
        ...host.shared,
        set: () => {
          throw new RangeError("too much");
        },
      },
    };
    await using one = await configured(everything(), {}, refusing);
    expect(await messageOf(one.ask("too much shared"))).toBe("too much");
  });
});

test("a plugin sees nothing of the gateway's environment", async () => {
  await using one = await isolated();
  expect(JSON.parse((await one.ask("look around")).said ?? "")).toMatchObject({ env: "NO_COLOR", cwd: "/" });
});
