import { DatabaseError } from "../database.ts";
import { tooSlow } from "../ended.ts";

/** What the servers say when a statement's time is over. */
const TIMED_OUT: ReadonlySet<unknown> = new Set([3024, 1969, 1317]);

/** No such user, database, or right to connect. They name the user. */
const REFUSED: ReadonlySet<unknown> = new Set([1044, 1045, 1049, 1130, 1698]);

/** What went wrong, without anything of the connection. */
export function errorOf(error: unknown, timeout: number): DatabaseError {
  if (error instanceof DatabaseError) return error;
  if (!(error instanceof Error)) return new DatabaseError("The database failed.", { cause: error });
  const { errno, code, sqlMessage } = error as { errno?: unknown; code?: unknown; sqlMessage?: unknown };
  if (TIMED_OUT.has(errno)) return tooSlow(timeout);
  if (REFUSED.has(errno)) return new DatabaseError("The database refuses the gateway.", { cause: error });
  if (typeof sqlMessage === "string") return new DatabaseError(`${sqlMessage} [${String(code)}]`, { cause: error });
  const why = typeof code === "string" ? code : "no connection";
  return new DatabaseError(`The database cannot be reached (${why}).`, { cause: error });
}
