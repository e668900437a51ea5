import type { Link } from "./disk-cache.ts";
import { pullModule } from "./image.ts";
import { parseImageReference } from "./image-reference.ts";
import { checkedModule, type LoadedModule, type Loading } from "./loading.ts";
import { type RawManifest, Repository } from "./registry.ts";

/**
 * Pulls an image. A configured digest may be the module's or the manifest's: Higress and Istio mean the manifest's. What was pulled once is
 * taken from the disk, a tag that is to be asked for `Always` only if its manifest has not changed.
 */
export async function loadImage(loading: Loading): Promise<LoadedModule> {
  const { reference, cache, downloads, maxBytes } = loading;
  const image = parseImageReference(reference.url);
  const pinned = image.digest ?? reference.sha256;
  const { imagePullPolicy = pinned === undefined && image.tag === "latest" ? "Always" : "IfNotPresent" } = reference;
  const names = [
    ...(pinned === undefined ? [] : [manifestName(pinned)]),
    ...(imagePullPolicy === "Always" ? [] : [reference.url]),
  ];
  const kept = await fromDisk(loading, names);
  if (kept !== undefined) return kept;

  const access = { secret: reference.imagePullSecret, insecure: reference.insecure ?? false };
  const repository = new Repository(downloads, image, access);
  const first = await repository.manifest(image.digest === undefined ? { tag: image.tag } : { digest: image.digest });
  const same = await unchanged(loading, first);
  if (same !== undefined) return same;

  const { module, manifests } = await pullModule(repository, first, maxBytes);
  const loaded = await checkedModule(module, reference.sha256, manifests);
  await cache.keep(module, { module: loaded.sha256, manifests }, [reference.url, ...manifests.map(manifestName)]);
  return loaded;
}

/** A module that the disk has by its own digest, or by one of these names. */
async function fromDisk({ reference, cache }: Loading, names: readonly string[]): Promise<LoadedModule | undefined> {
  const { sha256: wanted } = reference;
  const itself = wanted === undefined ? undefined : await cache.module(wanted);
  if (itself !== undefined && wanted !== undefined) return { bytes: itself, sha256: wanted };
  for (const name of names) {
    const link = await cache.link(name);
    if (link === undefined || !answers(link, wanted)) continue;
    const bytes = await cache.module(link.module);
    if (bytes !== undefined) return { bytes, sha256: link.module };
  }
  return undefined;
}

/** The module of a manifest that was pulled before, from the disk; the URL leads to it from now on. */
async function unchanged(loading: Loading, manifest: RawManifest): Promise<LoadedModule | undefined> {
  const name = manifestName(manifest.digest);
  const kept = await fromDisk(loading, [name]);
  const link = kept === undefined ? undefined : await loading.cache.link(name);
  if (link !== undefined) await loading.cache.keepLinks(link, [loading.reference.url]);
  return kept;
}

function answers(link: Link, wanted: string | undefined): boolean {
  return wanted === undefined || wanted === link.module || link.manifests.includes(wanted);
}

/** What a link is called that leads from a manifest to its module. */
function manifestName(digest: string): string {
  return `manifest:sha256:${digest}`;
}
