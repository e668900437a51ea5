import type { ServerTarget } from "../server-target.ts";
import { serverOfUrl } from "../server-url.ts";

const PORT = 5432;

const TLS: Readonly<Record<string, ServerTarget["tls"]>> = {
  disable: "off",
  allow: "preferred",
  prefer: "preferred",
  require: "encrypted",
  "verify-ca": "verified",
  "verify-full": "verified",
};

/** Settings of libpq in `key=value` form: values may stand in quotes, with a backslash before what is meant as it is. */
const SETTING = /\s*([a-z_]+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|((?:[^\s\\]|\\.)*))/giy;

/** Reads `postgres://…` or `host=… user=… dbname=…`. Throws an Error that quotes nothing of it. */
export function parsePostgresDsn(dsn: string): ServerTarget {
  if (/^[a-z]+:\/\//i.test(dsn)) {
    const { query, ...server } = serverOfUrl(dsn, PORT);
    return { ...server, ...socketOf(query.get("host")), tls: tlsOf(query.get("sslmode")) };
  }
  const settings = settingsOf(dsn);
  const host = settings.get("host") ?? "localhost";
  const port = Number(settings.get("port") ?? PORT);
  if (!Number.isInteger(port)) throw new Error("dsn has a port that is no number.");
  const user = settings.get("user") ?? "";
  return {
    host,
    port,
    ...socketOf(host),
    user,
    password: settings.get("password") ?? "",
    database: settings.get("dbname") ?? user,
    tls: tlsOf(settings.get("sslmode") ?? null),
  };
}

function settingsOf(dsn: string): ReadonlyMap<string, string> {
  const settings = new Map<string, string>();
  SETTING.lastIndex = 0;
  let end = 0;
  for (let found = SETTING.exec(dsn); found !== null; found = SETTING.exec(dsn)) {
    const [, key = "", quoted, plain = ""] = found;
    settings.set(key.toLowerCase(), (quoted ?? plain).replace(/\\(.)/gs, "$1"));
    end = SETTING.lastIndex;
  }
  if (dsn.slice(end).trim() !== "" || settings.size === 0) {
    throw new Error("dsn cannot be read; write postgres://user:password@host:5432/name, or host=… user=… dbname=….");
  }
  return settings;
}

/** A folder in place of a host holds the socket. */
function socketOf(host: string | null): { readonly socket?: string } {
  return host?.startsWith("/") === true ? { socket: host } : {};
}

function tlsOf(mode: string | null): ServerTarget["tls"] {
  const tls = TLS[mode ?? "prefer"];
  if (tls === undefined) throw new Error("dsn has an sslmode that there is not.");
  return tls;
}
