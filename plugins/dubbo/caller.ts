import type { Clock } from "#src/core/clock.ts";
import type { Call } from "#src/core/plugin.ts";
import type { HostLease, HostOutcome, UpstreamHost } from "#src/core/route.ts";
import { type Connection, type DubboCall, DubboError, type DubboFailure, type DubboResult } from "./call.ts";
import { connectDubbo } from "./dubbo-connection.ts";
import { protocolAt } from "./endpoint-protocol.ts";
import { KeptConnections } from "./kept-connections.ts";
import { Limit } from "./limit.ts";
import type { DubboOptions } from "./options.ts";
import { connectTriple } from "./triple-connection.ts";

/** What a failed call says of its endpoint: one that refuses a call, or says too much, is well. */
const OUTCOMES: Readonly<Record<DubboFailure, HostOutcome>> = {
  unreachable: "unreachable",
  timeout: "late",
  broken: "broken",
  refused: "reached",
  too_large: "reached",
  aborted: "unknown",
};

/** Calls one service at whichever endpoint can be reached, in the time there is. */
export class Caller {
  readonly #options: Pick<DubboOptions, "protocol" | "timeout">;
  readonly #clock: Clock;
  readonly #kept: Readonly<Record<"dubbo" | "triple", KeptConnections>>;

  constructor(options: Pick<DubboOptions, "protocol" | "timeout">, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
    this.#kept = {
      dubbo: new KeptConnections((address) => connectDubbo(address, clock)),
      triple: new KeptConnections((address) => connectTriple(address, clock)),
    };
  }

  /** Rejects with a {@link DubboError}. Another endpoint is asked only where nobody has got the call. */
  async call(call: DubboCall, asker: Pick<Call, "signal" | "leaseUpstream">): Promise<DubboResult> {
    using limit = new Limit(this.#options.timeout, this.#clock, asker.signal);
    let last = new DubboError("unreachable", "the route has no endpoint");
    const tried = new Set<string>();
    for (;;) {
      const lease = asker.leaseUpstream?.(tried);
      if (lease === undefined) throw last;
      tried.add(lease.address);
      try {
        return await this.#callAt(lease, call, limit);
      } catch (error) {
        if (!(error instanceof DubboError) || error.failure !== "unreachable") throw error;
        last = error;
      }
    }
  }

  close(): void {
    this.#kept.dubbo.close();
    this.#kept.triple.close();
  }

  async #callAt(lease: HostLease, call: DubboCall, limit: Limit): Promise<DubboResult> {
    let outcome: HostOutcome = "unknown";
    try {
      const connection = await limit.race(this.#connectionTo(lease));
      limit.signal.throwIfAborted();
      const result = await connection.call(call, limit.signal);
      outcome = "reached";
      return result;
    } catch (error) {
      if (error instanceof DubboError) outcome = OUTCOMES[error.failure];
      throw error;
    } finally {
      lease.end(outcome);
    }
  }

  #connectionTo(host: UpstreamHost): Promise<Connection> {
    const { protocol } = this.#options;
    return this.#kept[protocol === "auto" ? protocolAt(host) : protocol].to(host.address);
  }
}
