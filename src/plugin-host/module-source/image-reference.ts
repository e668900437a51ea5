/** An image in a registry. */
export interface ImageReference {
  /** Host, and port where there is one, as it was written. */
  readonly registry: string;
  readonly repository: string;
  /** `latest` where neither tag nor digest is told. */
  readonly tag: string;
  /** Hexadecimal SHA-256 of the manifest. */
  readonly digest: string | undefined;
}

/** Docker's own registry is left out of most references to it. */
export const DOCKER_HUB = "docker.io";

const REFERENCE = /^(?<name>[^@]+?)(?::(?<tag>\w[\w.-]{0,127}))?(?:@(?<algorithm>[a-z0-9]+):(?<digest>[0-9a-fA-F]+))?$/;
const REPOSITORY = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const REGISTRY = /^(?:\[[0-9a-f:]+\]|[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::\d{1,5})?$/i;

/** Reads `oci://host/repository:tag@sha256:…` as Docker does. Throws an Error that says what is wrong. */
export function parseImageReference(url: string): ImageReference {
  const text = url.replace(/^oci:(?:\/\/)?/i, "");
  const { name, tag, algorithm, digest } = REFERENCE.exec(text)?.groups ?? {};
  if (name === undefined)
    throw new Error("The image's url has to be oci://host/repository:tag or oci://host/repository@sha256:….");
  if (algorithm !== undefined && (algorithm !== "sha256" || digest?.length !== 64)) {
    throw new Error("The image's digest has to be sha256: and 64 hexadecimal digits.");
  }
  const [registry, repository] = splitName(name);
  if (!REGISTRY.test(registry)) throw new Error("The image's url names no registry host.");
  if (!REPOSITORY.test(repository))
    throw new Error("The image's url names no repository; its letters have to be lower case.");
  return { registry, repository, tag: tag ?? "latest", digest: digest?.toLowerCase() };
}

function splitName(name: string): readonly [registry: string, repository: string] {
  const slash = name.indexOf("/");
  const first = slash === -1 ? "" : name.slice(0, slash);
  // A first part that looks like no host is part of a repository of Docker's.
  const named = first === "localhost" || /[.:[]/.test(first);
  const registry = named ? first : DOCKER_HUB;
  const repository = named ? name.slice(slash + 1) : name;
  return [registry, registry === DOCKER_HUB && !repository.includes("/") ? `library/${repository}` : repository];
}

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/i;

/** Where the registry's API is. */
export function registryOrigin(registry: string, insecure: boolean): string {
  const host = registry === DOCKER_HUB ? "registry-1.docker.io" : registry;
  return `${insecure || LOOPBACK.test(registry) ? "http" : "https"}://${host}`;
}
