/** The addresses of one server's pages. */
export interface SignInPaths {
  /** On the gateway, without the public URL. */
  readonly connect: string;
  readonly callback: string;
  readonly login: string;
  readonly document: string;
  /** As a browser sees one of them. */
  publicUrl(path: string): string;
  /** What a browser's cookie is for. */
  readonly cookiePath: string;
  readonly origin: string;
}

export function signInPaths(server: string, publicUrl: string): SignInPaths {
  // A segment of dots alone would be taken for a way up.
  const segment = encodeURIComponent(/^\.+$/.test(server) ? `_${server}` : server);
  const base = `/mcp-auth/${segment}`;
  const { origin, pathname } = new URL(publicUrl);
  const prefix = pathname.replace(/\/+$/, "");
  return {
    connect: `${base}/connect`,
    callback: `${base}/callback`,
    login: `${base}/login`,
    document: `${base}/client.json`,
    publicUrl: (path) => origin + prefix + path,
    cookiePath: prefix + base,
    origin,
  };
}
