import postgres from "postgres";
import { DatabaseError } from "../database.ts";
import { tooSlow } from "../ended.ts";

/** `query_canceled`, which is what a statement's time limit does. */
const CANCELLED = "57014";

/** What went wrong, without anything of the connection. */
export function errorOf(error: unknown, timeout: number): DatabaseError {
  if (error instanceof DatabaseError) return error;
  if (!(error instanceof postgres.PostgresError)) return unreachable(error);
  const { code, message, detail, hint, position } = error;
  if (code === CANCELLED) return tooSlow(timeout);
  // 28: invalid authorization, 3D: no such database. They name the user.
  if (/^(?:28|3D)/.test(code)) return new DatabaseError("The database refuses the gateway.", { cause: error });
  const parts = [message, detail, hint === undefined ? undefined : `Hint: ${hint}`];
  const where = position === undefined ? "" : ` (at character ${position})`;
  const told = parts.filter((part) => part !== undefined && part !== "").join(". ");
  return new DatabaseError(`${told}${where} [${code}]`, { cause: error });
}

function unreachable(error: unknown): DatabaseError {
  const code = error instanceof Error && "code" in error ? String(error.code) : "no connection";
  return new DatabaseError(`The database cannot be reached (${code}).`, { cause: error });
}
