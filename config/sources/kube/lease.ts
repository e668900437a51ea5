import type { Clock } from "#src/core/clock.ts";
import type { Log } from "#src/core/log.ts";
import { pause } from "#src/core/pause.ts";
import { mapping } from "../../check-values.ts";
import { type KubeClient, KubeError } from "./api-client.ts";

/** What a lease is held with. */
export interface LeaseOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
  readonly signal: AbortSignal;
  readonly namespace: string;
  readonly name: string;
  /** Who holds it. */
  readonly identity: string;
}

/** Seconds that a lease is good after it was renewed. */
const DURATION = 15;
/** Milliseconds from one renewal to the next. */
const RENEWAL = 5000;

const PATH = "/apis/coordination.k8s.io/v1/namespaces";

/**
 * One holder among replicas: a Lease of coordination.k8s.io/v1, as Kubernetes' own components elect their leaders. Another replica's lease
 * counts for as long as this one sees it being renewed, by this one's clock: the clocks of machines need not agree.
 */
export class Lease {
  readonly #options: LeaseOptions;
  /** The other holder's last renewal as it was seen, and when. */
  #seen: { readonly renewal: string; readonly at: number } | undefined;

  constructor(options: LeaseOptions) {
    this.#options = options;
  }

  /** Tries to hold it until the signal aborts; tells when it is held and when no more. */
  async hold(held: (now: boolean) => void): Promise<void> {
    const { signal, log, random, clock } = this.#options;
    let holding = false;
    let troubled = false;
    while (!signal.aborted) {
      let now = false;
      try {
        now = await this.#renew();
        troubled = false;
      } catch (error) {
        if (signal.aborted) break;
        if (!troubled) log.warn("The lease for writing statuses cannot be had.", { problem: String(error) });
        troubled = true;
      }
      if (now !== holding) held((holding = now));
      await pause(clock, RENEWAL * (1 + random() / 5), signal);
    }
  }

  /** True when it is ours now. */
  async #renew(): Promise<boolean> {
    const { client, signal, namespace, name, identity } = this.#options;
    const path = `${PATH}/${namespace}/leases/${name}`;
    const spec = { holderIdentity: identity, leaseDurationSeconds: DURATION, renewTime: this.#time() };
    let lease;
    try {
      lease = mapping(await client.json({ path, signal }));
    } catch (error) {
      if (!(error instanceof KubeError) || error.status !== 404) throw error;
      const metadata = { name, namespace };
      const body = {
        apiVersion: "coordination.k8s.io/v1",
        kind: "Lease",
        metadata,
        spec: { ...spec, acquireTime: spec.renewTime },
      };
      return this.#written(client.json({ method: "POST", path: `${PATH}/${namespace}/leases`, body, signal }));
    }
    const before = mapping(lease["spec"]);
    const own = before["holderIdentity"] === identity;
    if (!own && !this.#isOver(before)) return false;
    const acquireTime = own ? before["acquireTime"] : spec.renewTime;
    // With the version that was read: whoever else takes it meanwhile makes this fail.
    const body = { ...lease, spec: { ...before, ...spec, acquireTime } };
    return this.#written(client.json({ method: "PUT", path, body, signal }));
  }

  /** False when somebody else was faster. */
  async #written(write: Promise<unknown>): Promise<boolean> {
    try {
      await write;
      return true;
    } catch (error) {
      if (error instanceof KubeError && error.status === 409) return false;
      throw error;
    }
  }

  #isOver({ holderIdentity, renewTime, leaseDurationSeconds }: Readonly<Record<string, unknown>>): boolean {
    if (holderIdentity === undefined || holderIdentity === "") return true;
    const now = this.#options.clock.monotonic();
    const renewal = JSON.stringify([holderIdentity, renewTime]);
    if (this.#seen?.renewal !== renewal) this.#seen = { renewal, at: now };
    const seconds = typeof leaseDurationSeconds === "number" ? leaseDurationSeconds : DURATION;
    return now - this.#seen.at > seconds * 1000;
  }

  /** MicroTime: RFC 3339 with microseconds. */
  #time(): string {
    return new Date(this.#options.clock.now()).toISOString().replace("Z", "000Z");
  }
}
