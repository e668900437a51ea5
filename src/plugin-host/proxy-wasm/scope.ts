import type { Header } from "../../core/header-list.ts";
import type { Bytes } from "../../core/plugin.ts";
import type { PluginHost, PluginLogLevel } from "../../core/plugin-host.ts";
import type { AbiVersion, Callback } from "./abi.ts";
import type { CallBudget } from "./call-budget.ts";
import type { Callouts } from "./callouts.ts";
import type { Contexts } from "./contexts.ts";
import type { GuestMemory } from "./guest-memory.ts";
import type { SharedQueues } from "./shared-queues.ts";

/** What a VM is told of itself. */
export interface VmSettings {
  /** Which of a module's root contexts is meant: `plugin_root_id`. */
  readonly rootId: string;
  /** Names the VM to others: shared queues are found by it. */
  readonly vmId: string;
  readonly configuration: Bytes;
  readonly vmConfiguration: Bytes;
  readonly environment: Readonly<Record<string, string>>;
  /** Guests that ask leave out the lines below it. */
  readonly logLevel: PluginLogLevel;
}

/** The answer to a call-out, while the guest is told of it. */
export interface CalloutView {
  readonly status: number;
  /** Why there is no answer. */
  readonly failure: string;
  readonly headers: readonly Header[];
  readonly body: Uint8Array;
}

/** What host functions work on: one VM. */
export interface VmScope {
  readonly host: PluginHost;
  readonly settings: VmSettings;
  readonly budget: CallBudget;
  readonly contexts: Contexts;
  readonly callouts: Callouts;
  readonly queues: SharedQueues;
  /** There once the module is instantiated. */
  readonly memory: GuestMemory;
  readonly abi: AbiVersion;
  answer: CalloutView | undefined;
  redisReply: Uint8Array | undefined;
  /** Runs a callback of the guest's outside of any other. Does nothing when the guest has ended, or ends in it. */
  tell(callback: Callback, context: number, a?: number, b?: number, c?: number, d?: number): void;
  /** Calls `proxy_on_tick` so often; 0 stops. */
  setTick(milliseconds: number): void;
  /** The guest wants to be told when something is put into a queue. */
  listen(queue: string): number;
  /** The guest has ended a context that it wanted to keep for a while. False: there is none. */
  finished(): boolean;
  /** New requests get a new VM. */
  retire(): void;
}

/** A function that guests import. All arguments are i32, but for a few i64. */
export type HostFunction = (...args: never[]) => number | void;

/** Host functions by their names, without the prefix `proxy_`. */
export type HostFunctions = Readonly<Record<string, HostFunction>>;
