import type { Json } from "#src/core/json.ts";

/** What the gateway and its SQLite processes say to each other, a line of JSON each. */

/** One statement to be run. */
export interface SqliteRequest {
  readonly sql: string;
  readonly params: readonly Json[];
  readonly readOnly: boolean;
  readonly rows: number;
  readonly bytes: number;
  /** Milliseconds to wait for somebody else's lock. */
  readonly busy: number;
}

/** What became of it. */
export type SqliteAnswer =
  | {
      readonly ok: true;
      readonly columns: readonly string[];
      readonly rows: readonly (readonly Json[])[];
      readonly truncated: boolean;
      readonly affected?: number;
    }
  | { readonly ok: false; readonly message: string };
