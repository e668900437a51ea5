import type { ServerTarget } from "./server-target.ts";

/** A URL's parts, and its query. Throws an Error when it is none, which quotes nothing of it. */
export function serverOfUrl(dsn: string, port: number): ServerTarget & { readonly query: URLSearchParams } {
  if (!URL.canParse(dsn)) throw new Error("dsn is not a URL that can be read; write special characters as %40.");
  const { hostname, port: given, username, password, pathname, searchParams } = new URL(dsn);
  return {
    host: decodeURIComponent(hostname).replace(/^\[(.*)\]$/, "$1") || "localhost",
    port: given === "" ? port : Number(given),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: decodeURIComponent(pathname.slice(1)),
    tls: "preferred",
    query: searchParams,
  };
}
