import type { Clock } from "../core/clock.ts";
import { type Call, LocalReply } from "../core/plugin.ts";
import { ActivePlugin } from "./active-plugin.ts";
import { type Chain, type ChainSteps, type Link, linkAt, type PluginExchange } from "./chain.ts";
import { LiveCall } from "./live-call.ts";

/** A request's way through the plugins before the upstream is asked. */
export class RequestPhase {
  readonly call: LiveCall;
  /** Those that were asked, in order. */
  readonly asked: ActivePlugin[] = [];
  readonly #exchange: PluginExchange;
  readonly #steps: ChainSteps;
  readonly #clock: Clock;
  #chain: Chain;
  #at = 0;
  #admitted = false;

  constructor(chain: Chain, exchange: PluginExchange, steps: ChainSteps, clock: Clock) {
    this.#chain = chain;
    this.#exchange = exchange;
    this.#steps = steps;
    this.#clock = clock;
    this.call = new LiveCall(exchange, chain.route, steps);
  }

  /** Asks one plugin after the other; the reply of the one that answers by itself. */
  async run(): Promise<LocalReply | undefined> {
    for (;;) {
      const slot = this.#chain.slots[this.#at++];
      // A browser's question whether it may ask has no key by its nature, and what answers it comes after.
      if (!this.#admitted && slot?.phase !== "AUTHN" && !(slot !== undefined && isPreflight(this.call))) this.#admit();
      if (slot === undefined) return undefined;
      const link = linkAt(slot, this.#exchange.host);
      if (link === undefined) continue;
      const visited = this.#visit(link);
      const reply = visited instanceof Promise ? await visited : visited;
      if (reply !== undefined) return reply;
      if (this.call.rerouting) await this.#reroute(slot.order);
    }
  }

  #admit(): void {
    this.#steps.admit();
    this.#admitted = true;
  }

  /** The later plugins are the new route's; those that were asked stay for the answer. */
  async #reroute(order: number): Promise<void> {
    this.call.rerouting = false;
    const chain = await this.#steps.reroute();
    this.#chain = chain;
    this.call.route = chain.route;
    const next = chain.slots.findIndex((slot) => slot.order > order);
    this.#at = next < 0 ? chain.slots.length : next;
    this.#admitted = false;
  }

  #visit(link: Link): LocalReply | undefined | Promise<LocalReply | undefined> {
    const plugin = this.#opened(link);
    const { hooks } = plugin;
    if (hooks.requestHeaders !== undefined) {
      const verdict = plugin.ask("requestHeaders", () => hooks.requestHeaders?.(this.call));
      if (verdict instanceof Promise) return verdict.then((said) => this.#withBody(plugin, said));
      return this.#withBody(plugin, verdict);
    }
    return this.#withBody(plugin, undefined);
  }

  #opened(link: Link): ActivePlugin {
    const { filter } = link;
    let hooks = {};
    let thrown: { readonly error: unknown } | undefined;
    try {
      hooks = "open" in filter ? filter.open(this.call) : filter;
    } catch (error) {
      thrown = { error };
    }
    const plugin = new ActivePlugin(link, this.#clock, hooks);
    this.asked.push(plugin);
    if (thrown !== undefined) plugin.fail("requestHeaders", thrown.error);
    return plugin;
  }

  #withBody(
    plugin: ActivePlugin,
    verdict: LocalReply | "pass-body" | void,
  ): LocalReply | undefined | Promise<LocalReply | undefined> {
    if (verdict instanceof LocalReply) return verdict;
    if (verdict === "pass-body") plugin.passesRequest = true;
    if (plugin.hooks.requestBody === undefined || plugin.passesRequest || plugin.failed) return undefined;
    return this.call.request.hasBody ? this.#readBody(plugin) : undefined;
  }

  async #readBody(plugin: ActivePlugin): Promise<LocalReply | undefined> {
    const { body } = this.#exchange;
    const bytes = await body.bytes(this.#chain.bodyLimit);
    const verdict = await plugin.ask("requestBody", (hooks) => hooks.requestBody?.(this.call, bytes));
    if (verdict instanceof LocalReply) return verdict;
    if (verdict !== undefined && verdict !== bytes) this.#exchange.replaceBody(verdict);
    return undefined;
  }
}

/** A browser asks before it asks (Fetch standard, "CORS-preflight request"). */
function isPreflight({ request }: Call): boolean {
  return (
    request.method === "OPTIONS" &&
    request.headers.has("origin") &&
    request.headers.has("access-control-request-method")
  );
}
