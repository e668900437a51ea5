import { createHash } from "node:crypto";

/** A layer to be pushed. */
export interface Layer {
  readonly mediaType: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Where to, and what is sent along. */
export interface PushTarget {
  readonly host: string;
  readonly repository: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a digest reference has behind its `@`. */
export function digestOf(bytes: Uint8Array | string): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** Pushes an image of these layers; answers its manifest's digest. */
export async function pushImage(
  target: PushTarget,
  tag: string,
  layers: readonly Layer[],
  kind = "application/vnd.oci.image.manifest.v1+json",
): Promise<string> {
  const config = { mediaType: "application/vnd.wasm.config.v0+json", bytes: new TextEncoder().encode("{}") };
  for (const { bytes } of [config, ...layers]) await pushBlob(target, bytes);
  const describe = ({ mediaType, bytes }: Layer): object => ({
    mediaType,
    digest: digestOf(bytes),
    size: bytes.length,
  });
  const manifest = { schemaVersion: 2, mediaType: kind, config: describe(config), layers: layers.map(describe) };
  return pushManifest(target, tag, kind, manifest);
}

/** Pushes a manifest; answers its digest. */
export async function pushManifest(target: PushTarget, tag: string, kind: string, manifest: object): Promise<string> {
  const text = JSON.stringify(manifest);
  await send(target, `manifests/${tag}`, "PUT", text, { "content-type": kind });
  return digestOf(text);
}

async function pushBlob(target: PushTarget, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  const begun = await send(target, "blobs/uploads/", "POST");
  const place = new URL(begun.headers.get("location") ?? "", `http://${target.host}`);
  place.searchParams.set("digest", digestOf(bytes));
  await send(target, place.href, "PUT", bytes, { "content-type": "application/octet-stream" });
}

async function send(
  { host, repository, headers = {} }: PushTarget,
  path: string,
  method: string,
  body: Uint8Array<ArrayBuffer> | string = "",
  more: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const url = path.startsWith("http") ? path : `http://${host}/v2/${repository}/${path}`;
  const response = await fetch(url, { method, headers: { ...headers, ...more }, body });
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`);
  return response;
}
