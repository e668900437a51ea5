/** The part of a provider's URLs that its settings choose: scheme, host, path prefix and query. */
export interface BaseUrl {
  readonly origin: string;
  /** The path prefix without trailing slash; empty when the setting gave none. */
  readonly path: string;
  /** The query, with its `?`, that every URL gets; empty when there is none. */
  readonly query: string;
}

/** A last segment such as `/v1` or `/v1beta`. */
const VERSION = /\/v\d+(?:(?:alpha|beta)\d*)?$/;

/** How an address without a scheme is completed. */
export interface BareAddress {
  readonly scheme: "http" | "https";
  /** For an address without a port as well; the scheme's own when left out. */
  readonly port?: number;
}

/**
 * Reads a server's address, `host:port` included. Throws an Error that names `setting` but never repeats its value, which might hold a
 * password.
 */
export function parseBase(text: string, setting: string, bare: BareAddress = { scheme: "https" }): BaseUrl {
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
  const url = URL.parse(hasScheme ? text : `${bare.scheme}://${text}`);
  if (url === null || url.host === "") throw new Error(`${setting} is not a URL such as https://host/v1.`);
  if (url.protocol !== "http:" && url.protocol !== "https:")
    throw new Error(`${setting} must begin with http:// or https://.`);
  if (url.username !== "" || url.password !== "") {
    throw new Error(`${setting} must not hold a user name or a password; use apiTokens.`);
  }
  if (!hasScheme && url.port === "" && bare.port !== undefined) url.port = String(bare.port);
  return { origin: url.origin, path: url.pathname.replace(/\/+$/, ""), query: url.search };
}

/** The base with `prefix` where it has no path of its own. */
export function rooted(base: BaseUrl, prefix: string): BaseUrl {
  return base.path === "" ? { ...base, path: prefix } : base;
}

/** The base without a version at its end, for protocols whose paths bring their own (`/v1/messages`). */
export function unversioned(base: BaseUrl): BaseUrl {
  return { ...base, path: base.path.replace(VERSION, "") };
}

/** What stands before the vendor's own root: the base without `root` at its end, or else without a version. */
export function aside(base: BaseUrl, root: string): BaseUrl {
  return root !== "" && base.path.endsWith(root)
    ? { ...base, path: base.path.slice(0, -root.length) }
    : unversioned(base);
}

/** The URL of `path` below the base. */
export function join(base: BaseUrl, path: string): string {
  return base.origin + base.path + path + base.query;
}

/** The URL of a path as the client wrote it. A version both in the base and in the path is written once. */
export function sameVersion(base: BaseUrl, path: string): string {
  const twice = VERSION.test(base.path) && /^\/v\d+(?:(?:alpha|beta)\d*)?\//.test(path);
  return join(base, twice ? path.slice(path.indexOf("/", 1)) : path);
}

/** The URL of an API of the vendor's own, whatever prefix and version the client put before it; undefined for any other path. */
export function ownUrl(base: BaseUrl, paths: readonly string[], path: string): string | undefined {
  for (const own of paths) {
    const at = path.lastIndexOf(own);
    if (at < 0) continue;
    const rest = path.slice(at + own.length);
    if (rest === "" || rest.startsWith("/")) return join(base, own + rest);
  }
  return undefined;
}
