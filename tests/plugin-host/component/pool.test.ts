import { beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { Filter, Hooks } from "#src/core/plugin.ts";
import { createComponentPlugin } from "#src/plugin-host/component/plugin.ts";
import { componentInC } from "#tests/support/component/c.ts";
import { type FakeCall, fakeCall } from "#tests/support/fake-call.ts";
import { fakePluginHost } from "#tests/support/fake-plugin-host.ts";
import { type Gate, gate } from "#tests/support/gate.ts";
import { clangMissing } from "#tests/support/wasm/clang.ts";

const answer = { status: 200, headers: [], body: new TextEncoder().encode("yes") };

/** A plugin that waits in its first hook, as long as a test likes. */
interface Waiting {
  readonly filter: Filter;
  /** One for each call-out so far. */
  readonly gates: Gate[];
  /** Settles when so many call-outs have been begun. */
  readonly begun: (count: number) => Promise<void>;
}

describe.skipIf(clangMissing !== undefined)(`instances of a guest that waits (${clangMissing ?? "in C"})`, () => {
  let component: Uint8Array;
  beforeAll(async () => {
    const source = await Bun.file(join(import.meta.dir, "../../contracts/guests/contract.c")).text();
    component = await Bun.file(await componentInC("contract", source)).bytes();
  }, 60_000);

  async function opened(instances: number): Promise<Waiting> {
    const gates: Gate[] = [];
    const watchers: { readonly count: number; readonly tell: () => void }[] = [];
    const host = fakePluginHost({
      async answer() {
        const opening = gate();
        gates.push(opening);
        for (const { count, tell } of watchers) if (gates.length >= count) tell();
        await opening.opened;
        return answer;
      },
    });
    const plugin = await createComponentPlugin(component, { limits: { memoryPages: 64, fuel: 1_000_000, instances } });
    return {
      filter: await plugin.configure({ mode: "callout", upstream: "auth" }, host),
      gates,
      begun: (count) =>
        new Promise((resolve) => {
          if (gates.length >= count) resolve();
          else watchers.push({ count, tell: resolve });
        }),
    };
  }

  function request(filter: Filter): {
    readonly call: FakeCall;
    readonly hooks: Hooks;
    readonly said: Promise<unknown>;
  } {
    const call = fakeCall({ headers: { "x-user": "alice" } });
    const hooks = "open" in filter ? filter.open(call) : filter;
    return { call, hooks, said: Promise.resolve(hooks.requestHeaders?.(call)) };
  }

  test("each serve one hook at a time, and there are no more of them than may be", async () => {
    const { filter, gates, begun } = await opened(2);
    const requests = [request(filter), request(filter), request(filter)];
    await begun(2);
    // A third instance would have begun by now: its turn comes when another one's is over.
    for (let turn = 0; turn < 50; turn++) await Promise.resolve();
    expect(gates.length).toBe(2);
    gates[1]?.open();
    await begun(3);
    expect(requests.map(({ call }) => call.request.headers.get("x-checked"))).toContain("yes");
    gates[0]?.open();
    gates[2]?.open();
    await Promise.all(requests.map(({ said }) => said));
    expect(requests.map(({ call }) => call.request.headers.get("x-checked"))).toEqual(["yes", "yes", "yes"]);
  });

  test("keep their requests apart: what a hook sets is its own request's", async () => {
    const { filter, gates, begun } = await opened(4);
    const requests = Array.from({ length: 4 }, () => request(filter));
    await begun(4);
    gates[2]?.open();
    await Promise.race(requests.map(({ said }) => said));
    expect(requests.filter(({ call }) => call.request.headers.has("x-checked")).length).toBe(1);
    for (const one of gates) one.open();
    await Promise.all(requests.map(({ said }) => said));
  });

  test("that are stopped refuse who waits for one", async () => {
    const { filter, begun } = await opened(1);
    const first = request(filter);
    const second = request(filter);
    await begun(1);
    filter.close?.();
    expect(second.said).rejects.toThrow("the plugin was stopped");
    void first;
  });
});
