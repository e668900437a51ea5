/** A database's server and what is asked of it. */
export interface ServerTarget {
  readonly host: string;
  readonly port: number;
  /** A socket's path, in place of host and port. */
  readonly socket?: string;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** `encrypted` takes any certificate, `verified` only one that is the server's. */
  readonly tls: "off" | "preferred" | "encrypted" | "verified";
}
