/** When a module that was loaded before is loaded again. */
export type PullPolicy = "IfNotPresent" | "Always";

/** Who asks a registry: a user, or the text of a Docker `config.json` (a Kubernetes secret's `.dockerconfigjson`). */
export type PullSecret = { readonly username: string; readonly password: string } | { readonly dockerConfig: string };

/** Which module, in the words of Higress' WasmPlugin. */
export interface ModuleReference {
  /** `file:`, `http:`, `https:` or `oci:`. */
  readonly url: string;
  /** Of the module or, for an image, of its manifest; with or without `sha256:` before it. */
  readonly sha256?: string;
  /** Left out: `Always` for an image's tag `latest` and for http(s) without `sha256`, else `IfNotPresent`. */
  readonly imagePullPolicy?: PullPolicy;
  readonly imagePullSecret?: PullSecret;
  /** The registry is asked in plain HTTP. Registries on this machine always are. */
  readonly insecure?: boolean;
}

/** The same, read: what a digest says is known to be one. */
export interface CheckedReference extends Omit<ModuleReference, "sha256"> {
  readonly sha256: string | undefined;
  readonly scheme: "file" | "http" | "oci";
}

const SCHEMES: Readonly<Record<string, CheckedReference["scheme"]>> = {
  file: "file",
  http: "http",
  https: "http",
  oci: "oci",
};

/** Reads a reference. Throws an Error that says what is wrong with it. */
export function checkReference(reference: ModuleReference): CheckedReference {
  const scheme = SCHEMES[/^([a-z]+):/i.exec(reference.url)?.[1]?.toLowerCase() ?? ""];
  if (scheme === undefined) throw new Error("The module's url has to begin with file:, http:, https: or oci://.");
  const sha256 = reference.sha256 === undefined ? undefined : parseDigest(reference.sha256);
  if (reference.sha256 !== undefined && sha256 === undefined) {
    throw new Error("The module's sha256 has to be 64 hexadecimal digits.");
  }
  return { ...reference, sha256, scheme };
}

/** The hexadecimal digits of a SHA-256 digest; undefined if it is none. */
export function parseDigest(text: string): string | undefined {
  return /^(?:sha256:)?([0-9a-f]{64})$/i.exec(text.trim())?.[1]?.toLowerCase();
}

/** A URL for messages: without user, password, query and fragment, any of which may be secret. */
export function shownUrl(url: string): string {
  return url.replace(/[?#].*$/s, "").replace(/^([a-z]+:\/\/)[^/]*@/i, "$1");
}
