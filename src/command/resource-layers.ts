import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import process from "node:process";
import type { KubernetesSettings } from "#config/model.ts";
import { ResourceSet } from "#config/kubernetes/resource-set.ts";
import { DirectorySource } from "#config/sources/directory.ts";
import { kubeAccess } from "#config/sources/kube/access.ts";
import { KubeSource } from "#config/sources/kube/kube-source.ts";
import type { ResourceSource } from "#config/sources/resource-source.ts";
import type { Clock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import type { Registry } from "../registry.ts";
import { ResourceLayer } from "./resources.ts";

/** Where objects come from. */
export interface ResourceOrigins {
  readonly folders: readonly string[];
  readonly kube: boolean;
  readonly kubeconfig: string | undefined;
  readonly settings: KubernetesSettings;
  /** No status is written, and no Lease held. */
  readonly readOnly?: boolean;
}

/** What a layer is made with. */
export interface LayerWorld {
  readonly clock: Clock;
  readonly log: Log;
  readonly registry: Registry;
}

/** What reads the objects. Rejects with an Error that says why an API server cannot be asked. */
export async function openResourceLayer(origins: ResourceOrigins, world: LayerWorld): Promise<ResourceLayer> {
  const { clock, log, registry } = world;
  const set = new ResourceSet();
  const sources: ResourceSource[] = origins.folders.map((folder) => new DirectorySource(folder, set, clock));
  if (origins.kube) sources.push(await kubeSource(set, origins, world));
  return new ResourceLayer(set, sources, registry, log);
}

async function kubeSource(
  set: ResourceSet,
  { kubeconfig, settings: { watchNamespace, systemNamespace, controllerName }, readOnly = false }: ResourceOrigins,
  { clock, log }: LayerWorld,
): Promise<KubeSource> {
  const access = await kubeAccess(kubeconfig, process.env);
  const identity = `${hostname()}-${randomUUID()}`;
  const whose = { watchNamespace, systemNamespace, controllerName, identity };
  return new KubeSource(set, { access, clock, log, random: Math.random, ...whose, readOnly });
}
