/** Where a user puts a provider's addresses: at another host, below another path. */
export interface AddressFields {
  /** Replaces host and port of every URL. */
  readonly providerDomain?: string;
  /** Stands before the path of every API. */
  readonly providerBasePath?: string;
  readonly basePath?: BasePath;
}

/** `removePrefix`: taken off the client's path where that goes on as it is. `prepend`: put before the provider's path. */
export interface BasePath {
  readonly path: string;
  readonly handling: "removePrefix" | "prepend";
}

/** The URL of an API. */
export function apiUrl(url: string, { providerBasePath = "", ...fields }: AddressFields): string {
  return placed(url, fields, (path) => prepended(providerBasePath + path, fields.basePath));
}

/** The URL of a path that goes on as the client wrote it. */
export function passedUrl(url: string, fields: AddressFields): string {
  return placed(url, fields, (path) => prepended(path, fields.basePath));
}

/** The client's path without the prefix that is to be removed from it. */
export function withoutPrefix(path: string, basePath: BasePath | undefined): string {
  if (basePath?.handling !== "removePrefix" || !isBelow(path, basePath.path)) return path;
  const rest = path.slice(basePath.path.length);
  return rest === "" ? "/" : rest;
}

function placed(url: string, { providerDomain }: AddressFields, change: (path: string) => string): string {
  const authority = url.indexOf("//") + 2;
  const slash = url.indexOf("/", authority);
  const end = slash < 0 ? url.length : slash;
  return url.slice(0, authority) + (providerDomain ?? url.slice(authority, end)) + change(url.slice(end));
}

/** A path that begins so already is left alone. */
function prepended(path: string, basePath: BasePath | undefined): string {
  return basePath?.handling !== "prepend" || isBelow(path, basePath.path) ? path : basePath.path + path;
}

function isBelow(path: string, prefix: string): boolean {
  return path.startsWith(prefix) && /^(?:$|[/?])/.test(path.slice(prefix.length));
}
