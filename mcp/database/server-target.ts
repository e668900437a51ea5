import type { Clock } from "#src/core/clock.ts";
import type { StatementLimits } from "./database.ts";

/** What a way to a database's server is made of. */
export interface ServerParts {
  readonly server: ServerTarget;
  readonly schemas: readonly string[] | undefined;
  readonly limits: StatementLimits;
  readonly connections: number;
  /** Milliseconds. */
  readonly idleTimeout: number;
  readonly clock: Clock;
}

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
