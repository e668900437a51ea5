import { DirectorySource } from "#config/sources/directory.ts";
import { ResourceSet } from "#config/kubernetes/resource-set.ts";
import type { Clock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import type { Registry } from "../registry.ts";
import { ResourceLayer } from "./resources.ts";

/** What a layer is made with. */
export interface LayerWorld {
  readonly clock: Clock;
  readonly log: Log;
  readonly registry: Registry;
}

/** The Kubernetes objects of folders. */
export function directoryLayer(folders: readonly string[], { clock, log, registry }: LayerWorld): ResourceLayer {
  const set = new ResourceSet();
  const sources = folders.map((folder) => new DirectorySource(folder, set, clock));
  return new ResourceLayer(set, sources, registry, log);
}
