import { RESOURCE_KINDS, type ResourceType } from "./resource-types.ts";
import { EMPTY_SNAPSHOT, type ResourceMap, unionOf, type XdsSnapshot } from "./snapshot.ts";

/** Endpoints and secrets are sent as they are now, whatever else is on its way. */
const LIVE: ReadonlySet<ResourceType> = new Set(["eds", "sds", "rtds"]);

const STAYS: readonly ResourceType[] = RESOURCE_KINDS.filter(({ stage }) => stage === "before routes").map(
  ({ type }) => type,
);

/**
 * Make before break, for one stream: what routes lead to is there before they come, and stays until the client has taken the routes
 * that do without it. A refusal keeps it as well: the client goes on with what it had.
 */
export class Rollout {
  /** Newest. */
  #latest: XdsSnapshot = EMPTY_SNAPSHOT;
  /** What is being brought to the client. Does not change while routes wait, so that newer changes cannot keep them waiting for ever. */
  #target: XdsSnapshot = EMPTY_SNAPSHOT;
  /** What the client's routes may come from: what it took, and what was sent since. */
  #held: XdsSnapshot = EMPTY_SNAPSHOT;
  #sent: XdsSnapshot | undefined;
  #waiting = false;

  get target(): XdsSnapshot {
    return this.#target;
  }

  /** Whether newer routes are kept back until what they need is there. */
  get waiting(): boolean {
    return this.#waiting;
  }

  offer(latest: XdsSnapshot): void {
    this.#latest = latest;
    if (!this.#waiting) this.#target = latest;
  }

  /** What the client shall have now. */
  effective(type: ResourceType): ResourceMap {
    if (!STAYS.includes(type)) return this.#target[type];
    const newest = LIVE.has(type) ? unionOf(this.#latest[type], this.#target[type]) : this.#target[type];
    const sent = this.#sent === undefined ? newest : unionOf(newest, this.#sent[type]);
    return unionOf(sent, this.#held[type]);
  }

  /** Routes have to wait. */
  wait(): void {
    this.#waiting = true;
  }

  /** Routes were sent, or there were none to send. */
  routesSent(): void {
    this.#waiting = false;
    this.#sent = this.#sent === undefined ? this.#target : together(this.#target, this.#sent);
  }

  /** The client has said what it makes of the routes, and nothing more is to be sent. Answers whether something else is needed now. */
  routesSettled(taken: boolean): boolean {
    const before = this.#held;
    if (taken) this.#held = this.#target;
    else if (this.#sent !== undefined) this.#held = together(this.#sent, before);
    this.#sent = undefined;
    return STAYS.some((type) => this.#held[type] !== before[type]);
  }

  /** Whether the newest is on its way. */
  get current(): boolean {
    return this.#target === this.#latest;
  }
}

/** Everything that is in either. */
function together(first: XdsSnapshot, second: XdsSnapshot): XdsSnapshot {
  if (first === second) return first;
  return { ...first, ...Object.fromEntries(STAYS.map((type) => [type, unionOf(first[type], second[type])])) };
}
