import { chooseImage, type Descriptor, type LayerForm, moduleLayers, readManifest } from "./manifest.ts";
import type { RawManifest, Repository } from "./registry.ts";
import { findInTar } from "./tar.ts";

/** What the file is called in images whose layers are archives, as Istio and Higress have it. */
const FILE = "plugin.wasm";

/** An image's module and the manifests that lead to it, by their digests, the one that was asked for first. */
export interface PulledImage {
  readonly module: Uint8Array<ArrayBuffer>;
  readonly manifests: readonly string[];
}

/** Takes the module out of an image. Throws an Error that says why it cannot. */
export async function pullModule(repository: Repository, first: RawManifest, limit: number): Promise<PulledImage> {
  const manifest = readManifest(first.text, first.mediaType);
  if ("layers" in manifest)
    return { module: await fromLayers(repository, manifest.layers, limit), manifests: [first.digest] };
  const chosen = chooseImage(manifest.manifests);
  const raw = await repository.manifest({ digest: chosen.digest.replace(/^sha256:/, "") });
  const image = readManifest(raw.text, raw.mediaType);
  if (!("layers" in image)) throw new Error("The image's index leads to another index, which is not followed.");
  return { module: await fromLayers(repository, image.layers, limit), manifests: [first.digest, raw.digest] };
}

async function fromLayers(
  repository: Repository,
  layers: readonly Descriptor[],
  limit: number,
): Promise<Uint8Array<ArrayBuffer>> {
  for (const layer of moduleLayers(layers)) {
    const module = await READERS[layer.form](await repository.blob(layer, limit), limit);
    if (module !== undefined) return new Uint8Array(module);
  }
  throw new Error(`The image's layers hold no ${FILE}.`);
}

type Reader = (
  blob: Uint8Array<ArrayBuffer>,
  limit: number,
) => Uint8Array | undefined | Promise<Uint8Array | undefined>;

const READERS: Readonly<Record<LayerForm, Reader>> = {
  module: (blob) => blob,
  tar: (blob) => findInTar(blob, FILE),
  "tar.gz": async (blob, limit) => findInTar(await unzipped(blob, limit), FILE),
};

async function unzipped(blob: Uint8Array, limit: number): Promise<Uint8Array> {
  const { gunzipSync } = await import("node:zlib");
  try {
    return gunzipSync(blob, { maxOutputLength: limit });
  } catch (error) {
    const { code } = error as { readonly code?: unknown };
    const why =
      code === "ERR_BUFFER_TOO_LARGE"
        ? `unpacks to more than the ${limit} bytes that are allowed`
        : "cannot be unpacked";
    throw new Error(`The image's layer ${why}.`, { cause: error });
  }
}
