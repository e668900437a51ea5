import type { Clock } from "#src/core/clock.ts";
import type { Call } from "#src/core/plugin.ts";
import type { UpstreamHost } from "#src/core/route.ts";
import { type Connection, type DubboCall, DubboError, type DubboResult } from "./call.ts";
import { connectDubbo } from "./dubbo-connection.ts";
import { EndpointOrder } from "./endpoint-order.ts";
import { KeptConnections } from "./kept-connections.ts";
import type { DubboOptions } from "./options.ts";
import { connectTriple } from "./triple-connection.ts";

/** Calls one service at whichever endpoint can be reached, in the time there is. */
export class Caller {
  readonly #options: Pick<DubboOptions, "protocol" | "timeout">;
  readonly #clock: Clock;
  readonly #order: EndpointOrder;
  readonly #kept: Readonly<Record<"dubbo" | "triple", KeptConnections>>;

  constructor(options: Pick<DubboOptions, "protocol" | "timeout">, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
    this.#order = new EndpointOrder(clock);
    this.#kept = {
      dubbo: new KeptConnections((address) => connectDubbo(address, clock)),
      triple: new KeptConnections((address) => connectTriple(address, clock)),
    };
  }

  /** Rejects with a {@link DubboError}. Another endpoint is asked only where nobody has got the call. */
  async call(call: DubboCall, asker: Pick<Call, "signal" | "upstreamHosts">): Promise<DubboResult> {
    using limit = new Limit(this.#options.timeout, this.#clock, asker.signal);
    let last = new DubboError("unreachable", "the route has no endpoint");
    for (const host of this.#order.of(asker.upstreamHosts?.() ?? [])) {
      try {
        const connection = await limit.race(this.#connection(host));
        limit.signal.throwIfAborted();
        return await connection.call(call, limit.signal);
      } catch (error) {
        if (!(error instanceof DubboError) || error.failure !== "unreachable") throw error;
        this.#order.failed(host);
        last = error;
      }
    }
    throw last;
  }

  close(): void {
    this.#kept.dubbo.close();
    this.#kept.triple.close();
  }

  #connection({ address, metadata }: UpstreamHost): Promise<Connection> {
    const { protocol } = this.#options;
    const found = metadata?.["protocol"] === "tri" ? "triple" : "dubbo";
    return this.#kept[protocol === "auto" ? found : protocol].to(address);
  }
}

/** How long a call may take, whatever it waits for. */
class Limit implements Disposable {
  readonly #abort = new AbortController();
  readonly #client: AbortSignal;
  readonly #cancel: () => void;
  readonly #leave = (): void => this.#abort.abort(new DubboError("aborted", "the client has gone"));

  constructor(timeout: number, clock: Clock, client: AbortSignal) {
    this.#client = client;
    this.#cancel = clock.after(timeout, () =>
      this.#abort.abort(new DubboError("timeout", `there was no answer within ${timeout} ms`)),
    );
    client.addEventListener("abort", this.#leave, { once: true });
    if (client.aborted) this.#leave();
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** What comes of the promise, or why it is not waited for any longer. */
  race<T>(promise: Promise<T>): Promise<T> {
    const { signal } = this;
    const { promise: over, reject } = Promise.withResolvers<never>();
    const end = (): void => reject(signal.reason);
    if (signal.aborted) end();
    signal.addEventListener("abort", end, { once: true });
    return Promise.race([promise, over]).finally(() => signal.removeEventListener("abort", end));
  }

  [Symbol.dispose](): void {
    this.#cancel();
    this.#client.removeEventListener("abort", this.#leave);
  }
}
