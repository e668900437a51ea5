import { isDeepStrictEqual } from "node:util";
import type { Clock } from "#src/core/clock.ts";
import type { Log } from "#src/core/log.ts";
import { kindNameOf, type Resource } from "../../kubernetes/resource.ts";
import { keyOf, type ResourceSet } from "../../kubernetes/resource-set.ts";
import type { Written } from "../../kubernetes/translator.ts";
import type { CertificateKeeper, ResourceSource, SourceProblem } from "../resource-source.ts";
import { KubeClient } from "./api-client.ts";
import type { KubeAccess } from "./access.ts";
import { KUBE_KINDS, type KubeKind } from "./kinds.ts";
import { Lease } from "./lease.ts";
import { type ListWatchEvents, listWatch } from "./list-watch.ts";
import { writeSecret } from "./secret-writer.ts";
import { StatusWriter } from "./status-writer.ts";

/** What a source at an API server is made with. */
export interface KubeSourceOptions {
  readonly access: KubeAccess;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
  /** The only namespace that is read, beside the system's; left out: all. */
  readonly watchNamespace?: string | undefined;
  readonly systemNamespace: string;
  /** Whose entries in statuses are this gateway's. */
  readonly controllerName: string;
  /** What tells this process from its replicas. */
  readonly identity: string;
  readonly kinds?: readonly KubeKind[];
  /** No status is written, and no Lease held. */
  readonly readOnly?: boolean;
}

/** Objects of an API server. While it is away, what is known goes on being used. */
export class KubeSource implements ResourceSource {
  readonly #set: ResourceSet;
  readonly #options: KubeSourceOptions;
  readonly #client: KubeClient;
  readonly #stop = new AbortController();
  readonly #troubles = new Map<string, string>();
  readonly #statuses: StatusWriter;
  readonly #lease: Lease;
  readonly #watching: Promise<void>[] = [];
  /** Kinds that nothing has needed yet. */
  readonly #idle: Set<KubeKind>;
  readonly certificates: CertificateKeeper;
  #leads = false;
  #changed: () => void = () => {};

  constructor(set: ResourceSet, options: KubeSourceOptions) {
    const { access, clock, log, random, identity, controllerName } = options;
    this.#set = set;
    this.#options = options;
    this.#client = new KubeClient(access);
    this.#idle = new Set((options.kinds ?? KUBE_KINDS).filter(({ neededBy }) => neededBy !== undefined));
    const world = { client: this.#client, clock, log, random, signal: this.#stop.signal };
    this.#statuses = new StatusWriter(options.kinds ?? KUBE_KINDS, { ...world, controllerName });
    this.#lease = new Lease({ ...world, identity, namespace: access.namespace, name: "sluice-status" });
    const leads = (): boolean => this.#leads;
    this.certificates = {
      get leads() {
        return leads();
      },
      write: async (name, certificate) => {
        const written = await writeSecret(this.#client, name, certificate, this.#stop.signal);
        // In use at once, whenever the watch brings it.
        set.put(written);
        this.#changed();
      },
    };
  }

  get problems(): readonly SourceProblem[] {
    return [...this.#troubles].map(([place, message]) => ({ place, message }));
  }

  async open(changed: () => void): Promise<void> {
    const kinds = (this.#options.kinds ?? KUBE_KINDS).filter((kind) => !this.#idle.has(kind));
    const listed = kinds.map((kind) => this.#watchKind(kind, changed));
    this.#changed = changed;
    if (this.#options.readOnly !== true) this.#watching.push(this.#hold());
    await Promise.all(listed);
  }

  /** Whoever holds the lease writes. */
  #hold(): Promise<void> {
    return this.#lease.hold((held) => {
      this.#leads = held;
      this.#statuses.allow(held);
      if (held) this.#changed();
    });
  }

  writeStatus(resource: Resource, status: Written): void {
    this.#statuses.write(resource, status);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.allSettled(this.#watching);
    this.#client.close();
  }

  #namespacesOf({ namespaced }: KubeKind): readonly (string | undefined)[] {
    const { watchNamespace, systemNamespace } = this.#options;
    if (!namespaced || watchNamespace === undefined) return [undefined];
    return [...new Set([watchNamespace, systemNamespace])];
  }

  async #watchKind(kind: KubeKind, changed: () => void): Promise<void> {
    await Promise.all(this.#namespacesOf(kind).map((namespace) => this.#watch(kind, namespace, changed)));
  }

  /** Begins with the kinds that objects of this one need; resolves once they were listed. */
  async #needed({ kind }: KubeKind, changed: () => void): Promise<void> {
    const needed = [...this.#idle].filter(
      ({ neededBy }) => neededBy?.kind === kind && this.#set.list(kind).some(neededBy.when),
    );
    for (const one of needed) this.#idle.delete(one);
    await Promise.all(needed.map((one) => this.#watchKind(one, changed)));
  }

  /** Resolves once all objects were listed, or cannot be for a reason that waiting does not mend by itself. */
  #watch(kind: KubeKind, namespace: string | undefined, changed: () => void): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const place = `${kind.plural}${namespace === undefined ? "" : ` in ${namespace}`} of the API server`;
    const events: ListWatchEvents = {
      listed: (all) => {
        this.#replace(kind, namespace, all);
        void this.#needed(kind, changed).then(() => {
          resolve();
          changed();
        });
      },
      put: (resource) => {
        if (kind.labelsOnly === true && this.#hasSameLabels(resource)) return;
        this.#set.put(resource);
        // What it needs is there once it is looked at.
        void this.#needed(kind, changed).then(changed);
      },
      gone: (resource) => {
        this.#set.delete(resource);
        changed();
      },
      trouble: (message, refused = false) => {
        this.#trouble(place, message);
        // Waiting for a right that may never be given would keep everything else from starting.
        if (refused) resolve();
      },
    };
    const { clock, random } = this.#options;
    const world = { client: this.#client, kind, namespace, clock, random, signal: this.#stop.signal };
    this.#watching.push(listWatch(world, events));
    return promise;
  }

  #trouble(place: string, message: string | undefined): void {
    if (message === undefined) this.#troubles.delete(place);
    else {
      if (this.#troubles.get(place) !== message) {
        this.#options.log.warn("The API server cannot be asked: what is known of it goes on.", {
          place,
          problem: message,
        });
      }
      this.#troubles.set(place, message);
    }
  }

  #replace({ kind }: KubeKind, namespace: string | undefined, all: readonly Resource[]): void {
    const keys = new Set(all.map(({ metadata }) => keyOf(kind, metadata.namespace, metadata.name)));
    for (const known of this.#set.list(kind, namespace)) {
      if (!keys.has(keyOf(kind, known.metadata.namespace, known.metadata.name))) this.#set.delete(known);
    }
    for (const resource of all) if (!this.#isKnown(resource)) this.#set.put(resource);
  }

  /** Most changes of a pod are none of its labels: they are no news. */
  #hasSameLabels(resource: Resource): boolean {
    const { namespace, name, labels } = resource.metadata;
    const known = this.#set.get(kindNameOf(resource), namespace, name);
    return known !== undefined && isDeepStrictEqual(known.metadata.labels, labels);
  }

  /** A list brings what is known already as other objects. */
  #isKnown(resource: Resource): boolean {
    const { namespace, name, resourceVersion } = resource.metadata;
    const known = this.#set.get(kindNameOf(resource), namespace, name);
    return resourceVersion !== undefined && known?.metadata.resourceVersion === resourceVersion;
  }
}
