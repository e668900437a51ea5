import process from "node:process";
import { FoundServices } from "#config/registries/named-services.ts";
import type { Config } from "#config/model.ts";
import type { ResourceReport } from "#src/control/resource-report.ts";
import { systemClock } from "#src/core/clock.ts";
import type { Log } from "#src/core/log.ts";
import { registry } from "#src/registry.ts";
import { type ConfigSource, environmentSource, fileSource, resourcesSource } from "../config-source.ts";
import { openResourceLayer } from "../resource-layers.ts";
import type { ResourceLayer } from "../resources.ts";

/** The longest wait for all objects, in milliseconds. */
const PATIENCE = 15_000;

/** Where a configuration comes from. */
export interface Sources {
  readonly file: string | undefined;
  readonly folders: readonly string[];
  readonly kube: boolean;
  readonly kubeconfig: string | undefined;
}

/** A configuration to explain. */
export interface Explained {
  readonly config: Config;
  /** The Kubernetes object that a route was made of, with what there is to say of it. */
  readonly originOf: (route: string) => ResourceReport["resources"][number] | undefined;
  /** What could not be read. */
  readonly unread: ResourceReport["unread"];
}

/** Reads a configuration, with the Kubernetes objects over it; nothing is written anywhere. Answers what is wrong with it. */
export async function readConfiguration(sources: Sources, log: Log): Promise<Explained | readonly string[]> {
  const { folders, kube, kubeconfig } = sources;
  const loaded = sourceOf(sources)();
  if (!loaded.ok) return loaded.problems;
  if (!kube && folders.length === 0) return { config: loaded.config, originOf: () => undefined, unread: [] };
  const settings = loaded.config.kubernetes;
  const origins = { folders, kube, kubeconfig, settings, readOnly: true };
  const layer = await openResourceLayer(origins, { clock: systemClock, log, registry });
  try {
    await opened(layer);
    const config = new FoundServices().over(layer.over(loaded.config), []);
    return { config, originOf: (route) => layer.originOf(route), unread: layer.unread };
  } finally {
    await layer.close();
  }
}

/** Rejects when not everything could be read within {@link PATIENCE}: the gateway would wait for a server, a person does not. */
async function opened(layer: ResourceLayer): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = systemClock.after(PATIENCE, () => {
    const why = layer.unread.map(({ place, message }) => `${place}: ${message}`);
    reject(new Error(why[0] ?? `not everything was read within ${PATIENCE / 1000} s`));
  });
  try {
    await Promise.race([layer.open(() => {}), promise]);
  } finally {
    stop();
  }
}

function sourceOf({ file, folders, kube }: Sources): ConfigSource {
  if (file !== undefined) return fileSource(file, process.env, registry);
  const make = kube || folders.length > 0 ? resourcesSource : environmentSource;
  return make(process.env, registry);
}
