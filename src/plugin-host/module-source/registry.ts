import { ask, type Downloads, readBody } from "./download.ts";
import { sha256 } from "./digest.ts";
import { type ImageReference, registryOrigin } from "./image-reference.ts";
import { MANIFEST_TYPES } from "./manifest.ts";
import { parseDigest } from "./reference.ts";
import { credentialFor } from "./pull-secret.ts";
import type { PullSecret } from "./reference.ts";
import { answerChallenges, parseChallenges } from "./registry-auth.ts";

/** As large as the specification lets registries limit manifests. */
const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;

/** A manifest as it came. */
export interface RawManifest {
  readonly text: string;
  readonly mediaType: string;
  /** Hexadecimal SHA-256. */
  readonly digest: string;
}

/** What a blob is asked by. */
export interface BlobDescriptor {
  readonly digest: string;
  readonly size: number;
}

/**
 * One repository of a registry that speaks the OCI distribution API, which is Docker's v2
 * (https://github.com/opencontainers/distribution-spec/blob/main/spec.md). What was pulled is what its digest says.
 */
export class Repository {
  readonly #downloads: Downloads;
  readonly #image: ImageReference;
  readonly #origin: string;
  readonly #secret: PullSecret | undefined;
  #authorization: string | undefined;

  constructor(
    downloads: Downloads,
    image: ImageReference,
    access: { readonly secret: PullSecret | undefined; readonly insecure: boolean },
  ) {
    this.#downloads = downloads;
    this.#image = image;
    this.#origin = registryOrigin(image.registry, access.insecure);
    this.#secret = access.secret;
  }

  /** The manifest of a tag, or of a digest (in hexadecimal digits). */
  async manifest(which: { readonly tag: string } | { readonly digest: string }): Promise<RawManifest> {
    const name = "digest" in which ? `sha256:${which.digest}` : which.tag;
    const what = `The manifest ${name}`;
    const response = await this.#get(`manifests/${name}`, what, { accept: MANIFEST_TYPES.join(", ") });
    const bytes = await readBody(response, MAX_MANIFEST_BYTES, { what, signal: this.#downloads.signal });
    const digest = await sha256(bytes);
    if ("digest" in which && digest !== which.digest) throw new Error(`${what} is not what its digest says.`);
    const mediaType = response.headers.get("content-type")?.split(";")[0]?.trim() ?? "";
    return { text: new TextDecoder().decode(bytes), mediaType, digest };
  }

  async blob({ digest, size }: BlobDescriptor, limit: number): Promise<Uint8Array<ArrayBuffer>> {
    const expected = parseDigest(digest);
    if (expected === undefined) throw new Error("The image's layer has a digest that is not SHA-256.");
    const what = `The image's layer sha256:${expected}`;
    if (size > limit) throw new Error(`${what} has ${size} bytes, and ${limit} are allowed.`);
    const response = await this.#get(`blobs/sha256:${expected}`, what);
    const bytes = await readBody(response, limit, { what, signal: this.#downloads.signal });
    if ((await sha256(bytes)) !== expected) throw new Error(`${what} is not what its digest says.`);
    return bytes;
  }

  async #get(path: string, what: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    const first = await this.#send(path, headers);
    const response = first.status === 401 ? await this.#authorized(first, path, headers) : first;
    if (response.ok) return response;
    await response.body?.cancel();
    throw new Error(
      `${what} cannot be had from ${this.#image.registry}/${this.#image.repository}: ${why(response.status)}`,
    );
  }

  /** Shows who asks, if that was not done yet, or what was shown has expired. */
  async #authorized(refusal: Response, path: string, headers: Readonly<Record<string, string>>): Promise<Response> {
    const challenges = parseChallenges(refusal.headers.get("www-authenticate") ?? "");
    const { registry, repository } = this.#image;
    const credential = credentialFor(this.#secret, registry);
    const scope = { repository, plain: this.#origin.startsWith("http:") };
    const authorization = await answerChallenges(this.#downloads, challenges, credential, scope);
    if (authorization === undefined || authorization === this.#authorization) return refusal;
    await refusal.body?.cancel();
    this.#authorization = authorization;
    return this.#send(path, headers);
  }

  #send(path: string, headers: Readonly<Record<string, string>>): Promise<Response> {
    const all = this.#authorization === undefined ? headers : { ...headers, authorization: this.#authorization };
    return ask(this.#downloads, `${this.#origin}/v2/${this.#image.repository}/${path}`, all);
  }
}

function why(status: number): string {
  if (status === 401 || status === 403) return `access is refused (status ${status}); check the imagePullSecret.`;
  if (status === 404) return "there is no such thing (status 404); check repository and tag.";
  return `the registry answered with status ${status}.`;
}
