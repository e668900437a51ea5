import type { Exchange } from "../core/exchange.ts";
import type { Bytes, CallRoute, FailStrategy, Filter, HookName, LocalReply, PluginPhase } from "../core/plugin.ts";
import type { HostLease, UpstreamHost } from "../core/route.ts";
import { hostMatch } from "../core/plugin-rules.ts";

/** An exchange that plugins can change. */
export interface PluginExchange extends Exchange {
  request: Request;
  host: string;
  path: string;
  search: string;
  chat: Exchange["chat"];
  upstreamOverride: Exchange["upstreamOverride"];
  /** Takes the body's place, for everybody who asks from now on. */
  replaceBody(bytes: Bytes): void;
  /** Calls `run` when the request is over. Only the last one given counts. */
  whenOver(run: () => void): void;
}

/** What a plugin's hooks cost and come to, for its metrics. */
export interface PluginWatch {
  /** Milliseconds, waiting included. */
  ran(hook: HookName, duration: number): void;
  failed(hook: HookName, error: unknown): void;
}

/** One configuration of a plugin, as a route's chain has it. */
export interface Link {
  /** The name of its entry. */
  readonly name: string;
  readonly filter: Filter;
  readonly failStrategy: FailStrategy;
  /** Milliseconds that a hook may be waited for. */
  readonly timeout: number;
  readonly watch: PluginWatch;
  /** Why it could not be set to work: it fails at each request. */
  readonly broken?: string;
  /** Keeps the filter open for a request that outlives its configuration; called again when it is over. */
  hold(): () => void;
}

/** One entry's place in a chain: which of its configurations holds may depend on the host. */
export interface Slot {
  /** The entry's name in logs and metrics. */
  readonly name: string;
  /** Its place among all entries of the configuration. */
  readonly order: number;
  readonly phase: PluginPhase;
  /** The first whose hosts match; undefined in it: the plugin is off there. */
  readonly choices: readonly Choice[];
}

/** One of an entry's configurations. */
export interface Choice {
  /** What of the entry it is: `config`, or `rules[0]`. */
  readonly from: string;
  /** Left out: all. */
  readonly hosts?: readonly string[];
  readonly link: Link | undefined;
}

/** The plugins of one route, in their order. */
export interface Chain {
  readonly slots: readonly Slot[];
  readonly route: CallRoute;
  /** The most of a body that is kept for a plugin, in bytes. */
  readonly bodyLimit: number;
}

/** What the chain leaves to the gateway. */
export interface ChainSteps {
  /** Throws a Fault when this request may not go on: nobody knows who asks. Called after the phase AUTHN, and again for another route. */
  admit(): void;
  /** Looks the route up again; its chain. */
  reroute(): Chain | Promise<Chain>;
  /** Where the request may go. */
  hosts?(): readonly UpstreamHost[];
  /** One of them that a plugin asks itself, but none of those in `tried`. */
  lease?(tried: ReadonlySet<string>): HostLease | undefined;
  /** Asks the upstream. */
  handle(): Promise<Response>;
  /** The answer to a request that could not be handled. */
  failed(thrown: unknown): Response;
  /** A plugin's reply as an answer. */
  replied(reply: LocalReply): Response | Promise<Response>;
  /** What ends an event stream that fails, in the client's protocol. */
  lastWords(thrown: unknown): Uint8Array | undefined;
}

/** The configuration that holds for a host. */
export function linkAt(slot: Slot, host: string): Link | undefined {
  return choiceAt(slot, host)?.link;
}

/** The first configuration whose hosts match. */
export function choiceAt({ choices }: Slot, host: string): Choice | undefined {
  return choices.find(({ hosts }) => hosts === undefined || hosts.some((one) => hostMatch(one, host)));
}
