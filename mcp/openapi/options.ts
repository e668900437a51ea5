import type { Hints } from "./annotations.ts";
import type { Credentials } from "./security.ts";
import type { Selection } from "./selection.ts";
import type { ServerOptions } from "./servers.ts";

/** What becomes of answers. */
export interface AnswerOptions {
  /** Whether tools show the schema of their answers. Left out: yes, where it is an object's and not too long. */
  readonly outputSchema?: boolean | undefined;
  /** Puts what the fields mean before every answer. */
  readonly describe?: boolean | undefined;
  /** The answer's text is cut behind this many bytes. */
  readonly maxBytes?: number | undefined;
  /** A GJSON path: what it finds is the answer, such as `items.#.{id,name}`. */
  readonly select?: string | undefined;
  /** A template in place of a path. */
  readonly template?: string | undefined;
}

/** What is said of one tool. */
export interface ToolOptions extends Hints {
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly response?: AnswerOptions | undefined;
}

/** How a document becomes tools. */
export interface ConvertOptions extends Selection, ServerOptions {
  readonly serverName: string;
  /** Stands before the names of all tools. */
  readonly prefix?: string | undefined;
  /** By `operationId`, or by `METHOD /path`. */
  readonly tools?: Readonly<Record<string, ToolOptions>> | undefined;
  readonly credentials?: Credentials | undefined;
  /** `false` forgets what the document says of security. */
  readonly security?: boolean | undefined;
  /** Milliseconds a call may take. */
  readonly timeout?: number | undefined;
  /** Sent with every call; shown as they are, not as templates. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly response?: AnswerOptions | undefined;
  /** The document's own URL, against which relative servers are read. */
  readonly documentUrl?: string | undefined;
}
