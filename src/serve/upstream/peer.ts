/** Where to connect to. */
export interface Peer {
  /** A name or an address, without brackets. */
  readonly host: string;
  readonly port: number;
}

/** A request's URL, taken apart. */
export interface Target extends Peer {
  /** `host:port`, by which connections are kept. */
  readonly origin: string;
  readonly secure: boolean;
  /** Path and query. */
  readonly path: string;
}

export function targetOf(url: string): Target {
  const { protocol, hostname, port, pathname, search } = new URL(url);
  const secure = protocol === "https:";
  const number = port === "" ? (secure ? 443 : 80) : Number(port);
  const host = hostname.startsWith("[") ? hostname.slice(1, -1) : hostname;
  return { host, port: number, origin: `${hostname}:${number}`, secure, path: pathname + search };
}
