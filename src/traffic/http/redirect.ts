import type { Exchange } from "#src/core/exchange.ts";
import type { PathRewrite } from "./http-options.ts";
import { compileRewrite, withSearch } from "./rewrite.ts";

/** Where a redirect leads. What is left out stays as the request has it. */
export interface RedirectOptions {
  readonly scheme?: "http" | "https";
  readonly host?: string;
  /** Left out with a new scheme or host: none is named, so it is the scheme's own. */
  readonly port?: number;
  readonly path?: PathRewrite;
  /** The whole address; then the others count for nothing. */
  readonly url?: string;
  /** 300 to 308; 302 by default. */
  readonly status?: number;
}

/** Answers with a redirect; the query is kept. Throws a SyntaxError when the path's expression is not valid. */
export function createRedirectHandler(options: RedirectOptions): (exchange: Exchange) => Promise<Response> {
  const rewrite = options.path === undefined ? (path: string) => path : compileRewrite(options.path);
  return (exchange) => {
    const path = withSearch(rewrite(exchange.path), exchange.search);
    const location = options.url ?? origin(options, exchange) + path;
    return Promise.resolve(new Response(null, { status: options.status ?? 302, headers: { location } }));
  };
}

const OWN_PORT = { http: 80, https: 443 } as const;

function origin({ scheme, host, port }: RedirectOptions, exchange: Exchange): string {
  const own = exchange.connection.secure ? "https" : "http";
  const to = scheme ?? own;
  const unchanged = port === undefined && host === undefined && to === own;
  if (unchanged) return `${to}://${exchange.request.headers.get("host") ?? exchange.host}`;
  const name = host ?? exchange.host;
  return port === undefined || port === OWN_PORT[to] ? `${to}://${name}` : `${to}://${name}:${port}`;
}
