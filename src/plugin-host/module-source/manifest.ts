import { z } from "zod";

/** The parts of image manifests that lead to a WebAssembly module (https://github.com/opencontainers/image-spec/blob/main/manifest.md). */

/** Manifests that are understood, as media types. */
export const MANIFEST_TYPES: readonly string[] = [
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
];

/** Something in a registry. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/** An image of an index, and what it is for. */
export interface IndexEntry extends Descriptor {
  readonly platform?: { readonly os: string; readonly architecture: string } | undefined;
}

/** An image's layers, or the images of an index. */
export type Manifest = { readonly layers: readonly Descriptor[] } | { readonly manifests: readonly IndexEntry[] };

const descriptor = { mediaType: z.string(), digest: z.string(), size: z.int().min(0) };
const platformSchema = z.object({ os: z.string().default(""), architecture: z.string().default("") });
const imageSchema = z.object({ layers: z.array(z.object(descriptor)).max(256) });
const indexSchema = z.object({
  manifests: z.array(z.object({ ...descriptor, platform: platformSchema.optional() })).max(256),
});

/** Reads a manifest. Throws an Error if it is none, or of a kind that is not understood. */
export function readManifest(text: string, mediaType: string): Manifest {
  try {
    const json: unknown = JSON.parse(text);
    const index = indexSchema.safeParse(json);
    return index.success ? index.data : imageSchema.parse(json);
  } catch (error) {
    const kind = MANIFEST_TYPES.includes(mediaType)
      ? "cannot be read"
      : `is of a kind that is not supported (${mediaType || "none"})`;
    throw new Error(`The image's manifest ${kind}.`, { cause: error });
  }
}

/** From the most to the least wanted: made for WebAssembly, what everybody else takes, and the only one there is. */
const PREFERENCES: readonly ((entry: IndexEntry, entries: readonly IndexEntry[]) => boolean)[] = [
  ({ platform }) => platform?.architecture === "wasm" || platform?.os.startsWith("wasi") === true,
  ({ platform }) => platform?.os === "linux" && platform.architecture === "amd64",
  (_, entries) => entries.length === 1,
];

/** The image of an index that is to be taken. Throws an Error if none stands out. */
export function chooseImage(manifests: readonly IndexEntry[]): Descriptor {
  // What is made beside an image, as signatures are, is for no platform that exists.
  const images = manifests.filter(({ platform }) => platform?.os !== "unknown");
  for (const preferred of PREFERENCES) {
    const found = images.find((entry) => preferred(entry, images));
    if (found !== undefined) return found;
  }
  const platforms = images.map(({ platform }) => `${platform?.os ?? "?"}/${platform?.architecture ?? "?"}`);
  throw new Error(
    `The image's index has no image for wasm or linux/amd64, only ${platforms.join(", ") || "none"}; name one by its digest.`,
  );
}

/** How a layer holds a module: it is one, or an archive has it as plugin.wasm. */
export type LayerForm = "module" | "tar" | "tar.gz";

const FORMS: Readonly<Record<string, LayerForm>> = {
  "application/wasm": "module",
  "application/vnd.module.wasm.content.layer.v1+wasm": "module",
  "application/vnd.wasm.content.layer.v1+wasm": "module",
  "application/vnd.docker.image.rootfs.diff.tar.gzip": "tar.gz",
  "application/vnd.oci.image.layer.v1.tar+gzip": "tar.gz",
  "application/vnd.oci.image.layer.v1.tar": "tar",
};

/** The layers in which the module may be, the likeliest first. Throws an Error if there are none. */
export function moduleLayers(layers: readonly Descriptor[]): readonly (Descriptor & { readonly form: LayerForm })[] {
  const known = layers.flatMap((layer) => {
    const form = FORMS[layer.mediaType];
    return form === undefined ? [] : [{ ...layer, form }];
  });
  const modules = known.filter(({ form }) => form === "module");
  // Of archives the last one: it is what was copied into the image last.
  const ordered = modules.length > 0 ? modules.slice(0, 1) : known.toReversed();
  if (ordered.length > 0) return ordered;
  const types = layers.map(({ mediaType }) => mediaType).join(", ");
  throw new Error(`The image has no layer of WebAssembly, only ${types || "none"}.`);
}
