import type { ServerTarget } from "../server-target.ts";
import { serverOfUrl } from "../server-url.ts";

const PORT = 3306;

const TLS: Readonly<Record<string, ServerTarget["tls"]>> = {
  false: "off",
  true: "verified",
  preferred: "preferred",
  "skip-verify": "encrypted",
};

/** Go's form: `user:password@tcp(host:port)/name?…`; everything before the last `/` may be missing. */
const GO = /^(?:(.*)@)?(?:([a-z0-9]*)(?:\(([^()]*)\))?)?\/([^/?]*)(?:\?(.*))?$/is;

/** Reads `mysql://…` or Go's form. Throws an Error that quotes nothing of it. */
export function parseMysqlDsn(dsn: string): ServerTarget {
  if (/^[a-z]+:\/\//i.test(dsn)) {
    const { query, ...server } = serverOfUrl(dsn, PORT);
    return { ...server, tls: tlsOf(query) };
  }
  const found = GO.exec(dsn);
  if (found === null) {
    throw new Error(
      "dsn cannot be read; write mysql://user:password@host:3306/name, or user:password@tcp(host:3306)/name.",
    );
  }
  const [, credentials = "", network = "", address = "", database = "", query = ""] = found;
  const colon = credentials.indexOf(":");
  return {
    ...addressOf(network, address),
    user: colon < 0 ? credentials : credentials.slice(0, colon),
    password: colon < 0 ? "" : credentials.slice(colon + 1),
    database: decodeURIComponent(database),
    tls: tlsOf(new URLSearchParams(query)),
  };
}

function addressOf(network: string, address: string): Pick<ServerTarget, "host" | "port" | "socket"> {
  if (network === "unix") return { host: "localhost", port: PORT, socket: address || "/tmp/mysql.sock" };
  const [, host = "127.0.0.1", port = String(PORT)] = /^(?:\[?([^\]]+?)\]?)(?::(\d+))?$/.exec(address) ?? [];
  return { host, port: Number(port) };
}

function tlsOf(query: URLSearchParams): ServerTarget["tls"] {
  const tls = TLS[query.get("tls") ?? query.get("ssl") ?? "false"];
  if (tls === undefined)
    throw new Error("dsn has a tls that there is not; take true, false, skip-verify or preferred.");
  return tls;
}
