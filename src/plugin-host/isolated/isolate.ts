import type { Clock } from "../../core/clock.ts";
import type { Json } from "../../core/json.ts";
import type { Call, Filter, HookName, Hooks } from "../../core/plugin.ts";
import type { PluginHost } from "../../core/plugin-host.ts";
import type { PluginKind, WrittenOptions } from "../kind.ts";
import { type Command, processCommand } from "./command.ts";
import { type Configured, type HookCall, HostedPlugin } from "./hosted-plugin.ts";
import { type AskRemote, remoteHooks } from "./remote-hooks.ts";

/**
 * Runs a plugin that is not trusted in a process of its own: `isolation: process`. For any loader: what it makes a plugin with is a module whose default
 * export is a {@link KindMaker}, and what that needs is given to it in the process.
 *
 *     const { configure } = isolate({
 *       maker: new URL("component/in-process.ts", import.meta.url),
 *       given: { json: { limits }, blobs: [module] },
 *       clock, deadline: entry.timeout, maxMemory: 512 * 1024 * 1024,
 *     });
 *
 * The process is of the gateway's own runtime, has no environment, and on Deno no rights. The host's services are asked for by messages. A hook
 * that does not end in time has the process killed, and started again: at once the first time, then with pauses that grow.
 */
export interface Isolation {
  readonly maker: URL;
  readonly given: { readonly json: Json; readonly blobs: readonly Uint8Array<ArrayBuffer>[] };
  readonly clock: Clock;
  /** Milliseconds for a hook. */
  readonly deadline: number;
  /** Bytes of memory of the process, runtime included; held to on Linux alone. */
  readonly maxMemory: number;
  /** How the process is started; left out: as is right for the runtime. */
  readonly command?: Command;
}

export type { KindMaker } from "./plugin-runner.ts";

/** Milliseconds until a process is started again that ended by itself: after the first time, the second, and so on. */
const PAUSES: readonly number[] = [0, 200, 1000, 5000, 30_000];

/** A process that lived so long, in milliseconds, has done well: the next end counts as the first. */
const WELL = 60_000;

/** The plugin, as far as it runs in the process. Its configurations share one process, which ends with the last of them. */
export function isolate(isolation: Isolation): Pick<PluginKind, "configure"> {
  const supervisor = new Supervisor(isolation, isolation.command ?? processCommand());
  return { configure: (options, host) => supervisor.configure(options, host) };
}

interface Entry {
  readonly options: WrittenOptions;
  readonly host: PluginHost;
  /** Why the process that runs now does not have it. */
  refused?: unknown;
}

class Supervisor {
  readonly #isolation: Isolation;
  readonly #command: Command;
  readonly #entries = new Map<number, Entry>();
  #running: Promise<HostedPlugin> | undefined;
  /** Why there is no process at the moment, while it is not to be started yet. */
  #pausing: string | undefined;
  #stopPausing: () => void = () => {};
  #ends = 0;
  /** Tells the process that counts from those that are given up. */
  #generation = 0;
  #startedAt = 0;
  #nextConfig = 1;
  #nextRequest = 1;

  constructor(isolation: Isolation, command: Command) {
    this.#isolation = isolation;
    this.#command = command;
  }

  async configure(options: WrittenOptions, host: PluginHost): Promise<Filter> {
    const config = this.#nextConfig++;
    try {
      const hosted = await this.#process();
      this.#entries.set(config, { options, host });
      const configured = await hosted.configure(config, options, host);
      return this.#filter(config, configured);
    } catch (error) {
      this.#close(config);
      throw error;
    }
  }

  #filter(config: number, { hooks, stateful }: Configured): Filter {
    return {
      hooks: [...new Set([...hooks, "done" as const])],
      open: (call) => this.#open(config, hooks, stateful, call),
      close: () => this.#close(config),
    };
  }

  #open(config: number, hooks: readonly HookName[], stateful: boolean, of: Call): Hooks {
    const request = this.#nextRequest++;
    let first: HostedPlugin | undefined;
    let changed: HookCall["changed"];
    const ask: AskRemote = async (hook, call, more = {}) => {
      const hosted = await this.#process();
      if (stateful && first !== undefined && first !== hosted)
        throw new Error("The plugin's process that began with this request is gone.");
      first = hosted;
      const { refused } = this.#entries.get(config) ?? {};
      if (refused !== undefined) throw refused;
      return hosted.hook({ config, request, hook, call, ...more, ...(changed === undefined ? {} : { changed }) });
    };
    const { opened, choose } = remoteHooks(hooks, ask, () => first?.over(config, request, of));
    if (stateful) changed = choose;
    return opened;
  }

  #close(config: number): void {
    this.#entries.delete(config);
    const running = this.#running;
    if (this.#entries.size > 0) {
      void running?.then((hosted) => hosted.close(config)).catch(() => {});
      return;
    }
    this.#stopPausing();
    this.#pausing = undefined;
    this.#running = undefined;
    this.#generation++;
    void running?.then((hosted) => hosted.stop()).catch(() => {});
  }

  #process(): Promise<HostedPlugin> {
    if (this.#pausing !== undefined)
      return Promise.reject(new Error(`The plugin's process is gone: ${this.#pausing}. It is started again soon.`));
    this.#running ??= this.#start();
    return this.#running;
  }

  #start(): Promise<HostedPlugin> {
    const { maker, given, clock, deadline, maxMemory } = this.#isolation;
    const generation = ++this.#generation;
    this.#startedAt = clock.monotonic();
    const options = { ...this.#command, clock, maxMemory, maker: maker.href, given, deadline };
    const started = HostedPlugin.start(options, (reason) => {
      if (generation === this.#generation) this.#ended(reason);
    });
    return started.then(async (hosted) => {
      await this.#configureAgain(hosted);
      return hosted;
    });
  }

  /** Gives a new process the configurations that the last one had. */
  async #configureAgain(hosted: HostedPlugin): Promise<void> {
    for (const [config, entry] of this.#entries) {
      delete entry.refused;
      await hosted.configure(config, entry.options, entry.host).catch((error: unknown) => (entry.refused = error));
    }
  }

  #ended(reason: string): void {
    const { clock } = this.#isolation;
    this.#running = undefined;
    const [entry] = this.#entries.values();
    if (entry === undefined) return;
    entry.host.log("error", `The plugin's process is gone: ${reason}.`);
    if (clock.monotonic() - this.#startedAt > WELL) this.#ends = 0;
    const pause = PAUSES[Math.min(this.#ends++, PAUSES.length - 1)] ?? 0;
    this.#pausing = reason;
    this.#stopPausing = clock.after(pause, () => {
      this.#pausing = undefined;
      this.#process().catch(() => {});
    });
  }
}
