import type { Clock } from "#src/core/clock.ts";
import type { UpstreamHost } from "#src/core/route.ts";

/** So long an endpoint that could not be reached is asked after the others, in milliseconds. */
const COOL_DOWN = 10_000;

/** The order in which endpoints are asked: in turn, those last that are known not to work. */
export class EndpointOrder {
  readonly #clock: Clock;
  /** When those that could not be reached count as others again. */
  readonly #cooling = new Map<string, number>();
  #turn = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  of(hosts: readonly UpstreamHost[]): readonly UpstreamHost[] {
    const now = this.#clock.monotonic();
    for (const [address, until] of this.#cooling) if (until <= now) this.#cooling.delete(address);
    const works = ({ address, healthy }: UpstreamHost): boolean => healthy && !this.#cooling.has(address);
    const good = hosts.filter(works);
    return [...turned(good, this.#turn++), ...hosts.filter((host) => !works(host))];
  }

  /** It could not be reached. */
  failed({ address }: UpstreamHost): void {
    this.#cooling.set(address, this.#clock.monotonic() + COOL_DOWN);
  }
}

function turned<T>(list: readonly T[], by: number): readonly T[] {
  const first = list.length === 0 ? 0 : by % list.length;
  return [...list.slice(first), ...list.slice(0, first)];
}
