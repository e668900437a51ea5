import type { Connection, Exchange } from "#src/core/exchange.ts";
import type { McpGuard, McpLimits, OriginCheck, SessionLimit } from "#src/core/mcp/policy.ts";
import type { Caller } from "#src/core/mcp/server.ts";

/** Limits of an address that no guard sets any for. */
const LIMITS: McpLimits = { body: 8 * 2 ** 20, depth: 64, batch: 100 };

/** What guards do before an address, sorted once and not with each request. */
export class Gate {
  /** The outermost's: it answers browsers' questions, and lets pages read the answers. */
  readonly origin: OriginCheck | undefined;
  readonly limits: McpLimits;
  readonly sessions: SessionLimit | undefined;
  readonly #origins: readonly OriginCheck[];
  readonly #admitting: readonly McpGuard[];

  /** `guards` are from the outermost inwards. */
  constructor(guards: readonly McpGuard[]) {
    this.#origins = guards.flatMap(({ origin }) => origin ?? []);
    this.#admitting = guards.filter((guard) => guard.admit !== undefined);
    [this.origin] = this.#origins;
    this.limits = guards.find(({ limits }) => limits !== undefined)?.limits ?? LIMITS;
    this.sessions = guards.find(({ sessions }) => sessions !== undefined)?.sessions;
  }

  /** Who asks, when everybody lets them in; a promise only where a guard has to wait. Throws and rejects with an McpRefusal. */
  admit(exchange: Exchange): Caller | Promise<Caller> {
    for (const origin of this.#origins) origin.check(exchange);
    const caller = new UncheckedCaller(exchange);
    return this.#admitting.length === 0 ? caller : this.#admitted(exchange, caller);
  }

  async #admitted(exchange: Exchange, unchecked: Caller): Promise<Caller> {
    // Guards add to it by spreading, which takes own properties alone.
    let caller: Caller = { ...unchecked, address: unchecked.address };
    for (const guard of this.#admitting) caller = (await guard.admit?.(exchange, caller)) ?? caller;
    return caller;
  }
}

/** Who asks, as far as the gateway knows before any policy of the server's. */
class UncheckedCaller implements Caller {
  readonly subject: string;
  readonly consumer?: string;
  readonly #connection: Connection;

  constructor({ record: { consumer }, connection }: Exchange) {
    this.subject = consumer === undefined ? "" : `consumer:${consumer}`;
    if (consumer !== undefined) this.consumer = consumer;
    this.#connection = connection;
  }

  /** Asked for only when somebody wants it: the runtime asks the system. */
  get address(): string | undefined {
    return this.#connection.remoteAddress;
  }
}
