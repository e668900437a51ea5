import type { Clock } from "#src/core/clock.ts";
import { EndpointState } from "./endpoint-state.ts";
import type { OutlierOptions } from "./http-options.ts";

/** When an endpoint that cannot be reached is left out, and for how long. */
export interface EjectionOptions {
  /** Failed connections in a row. */
  readonly after: number;
  /** Milliseconds of the first time; each further time is twice as long. */
  readonly base: number;
  /** Milliseconds, the longest. */
  readonly longest: number;
}

const DEFAULTS: EjectionOptions = { after: 3, base: 1000, longest: 60_000 };

/** Milliseconds: Envoy's `max_ejection_time`. */
const LONGEST_OUTLIER = 300_000;

/** Endpoints of a service that are watched together: not all of them may be left out. */
export interface OutlierGroup {
  readonly service: string;
  readonly options: OutlierOptions;
}

/** The endpoints' states by address. It outlives the configurations that use them: {@link EndpointHealth.hold} and release count the uses. */
export class EndpointHealth {
  readonly #clock: Clock;
  readonly #options: EjectionOptions;
  readonly #entries = new Map<string, { readonly state: EndpointState; uses: number }>();
  /** The states of each group of endpoints. */
  readonly #groups = new Map<string, Set<EndpointState>>();

  constructor(clock: Clock, options: Partial<EjectionOptions> = {}) {
    this.#clock = clock;
    this.#options = { ...DEFAULTS, ...options };
  }

  /** The state of an address, kept until `release` was called as often as this. With `group` it is one for this service alone. */
  hold(address: string, group?: OutlierGroup): EndpointState {
    const key = keyOf(address, group);
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      entry = { state: this.#make(group), uses: 0 };
      this.#entries.set(key, entry);
    }
    entry.uses++;
    return entry.state;
  }

  release(address: string, group?: OutlierGroup): void {
    const key = keyOf(address, group);
    const entry = this.#entries.get(key);
    if (entry === undefined || --entry.uses > 0) return;
    this.#entries.delete(key);
    if (group === undefined) return;
    const name = nameOf(group);
    const members = this.#groups.get(name);
    members?.delete(entry.state);
    if (members?.size === 0) this.#groups.delete(name);
  }

  #make(group: OutlierGroup | undefined): EndpointState {
    if (group === undefined)
      return new EndpointState(this.#clock, { ...this.#options, doubling: true, countsErrors: false });
    const { consecutiveErrors: after, baseEjection: base, maxEjectionPercent } = group.options;
    const name = nameOf(group);
    let members = this.#groups.get(name);
    if (members === undefined) this.#groups.set(name, (members = new Set()));
    const all = members;
    const limits = { after, base, longest: Math.max(base, LONGEST_OUTLIER), doubling: false, countsErrors: true };
    const state = new EndpointState(this.#clock, limits, () => {
      const out = [...all].filter(({ usable }) => !usable).length;
      return out < Math.max(1, Math.floor((all.size * maxEjectionPercent) / 100));
    });
    all.add(state);
    return state;
  }
}

function keyOf(address: string, group: OutlierGroup | undefined): string {
  return group === undefined ? address : `${address} ${nameOf(group)}`;
}

function nameOf({ service, options }: OutlierGroup): string {
  return JSON.stringify([service, options.consecutiveErrors, options.baseEjection, options.maxEjectionPercent]);
}
