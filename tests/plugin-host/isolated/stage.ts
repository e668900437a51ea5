import { type Clock, systemClock } from "#src/core/clock.ts";
import type { Json } from "#src/core/json.ts";
import type { Filter, Hooks } from "#src/core/plugin.ts";
import type { Command } from "#src/plugin-host/isolated/command.ts";
import { isolate } from "#src/plugin-host/isolated/isolate.ts";
import type { PluginKind } from "#src/plugin-host/kind.ts";
import { fakePluginHost, type FakePluginHost } from "#tests/support/fake-plugin-host.ts";
import { type KeptCall, keptCall } from "./kept-call.ts";

/** What a kind is made of that is not as usual. */
export interface IsolatedOptions {
  readonly command?: Command;
  readonly given?: Json;
  readonly deadline?: number;
  readonly maxMemory?: number;
  readonly clock?: Clock;
}

/** The plugin that does everything, in a process. */
export function everything({
  given = null,
  deadline = 10_000,
  maxMemory = 2 ** 40,
  clock = systemClock,
  command,
}: IsolatedOptions = {}): Pick<PluginKind, "configure"> {
  return isolate({
    maker: new URL("makers/everything.ts", import.meta.url),
    given: { json: given, blobs: [Uint8Array.of(1, 2, 3)] },
    clock,
    deadline,
    maxMemory,
    ...(command === undefined ? {} : { command }),
  });
}

/** One configuration of it, closed with the test. */
export interface Isolated extends AsyncDisposable {
  readonly host: FakePluginHost;
  readonly filter: Filter;
  open(call: KeptCall): Hooks;
  /** Calls the hook for a request's headers with `x-do`. */
  ask(
    what: string,
    call?: KeptCall,
  ): Promise<{ readonly verdict: unknown; readonly call: KeptCall; readonly said: string | null }>;
}

/** Configures the plugin that does everything. */
export async function isolated(
  options: IsolatedOptions = {},
  global: object = {},
  host: FakePluginHost = fakePluginHost(),
): Promise<Isolated> {
  return configured(everything(options), global, host);
}

/** Configures a kind. */
export async function configured(
  kind: Pick<PluginKind, "configure">,
  global: object,
  host: FakePluginHost = fakePluginHost(),
): Promise<Isolated> {
  const filter = await kind.configure({ global: { ...global } }, host);
  const open = (call: KeptCall): Hooks => ("open" in filter ? filter.open(call) : filter);
  return {
    host,
    filter,
    open,
    async ask(what, call = keptCall()) {
      call.request.headers.set("x-do", what);
      const verdict = await open(call).requestHeaders?.(call);
      return { verdict, call, said: call.request.headers.get("said") };
    },
    async [Symbol.asyncDispose]() {
      filter.close?.();
    },
  };
}
