import type { JsonObject } from "#src/core/json.ts";
import type { McpRequest } from "#src/core/mcp/messages.ts";

/** Requests to the client by the name the tool gives them; the answers come back by the same names. */
export type Questions = Readonly<Record<string, McpRequest>>;

/** What the client may be told has changed. */
export type Changed = "tools" | "prompts" | "resources" | { readonly resource: string };

/** One request on its way through the fixture server, in either era. */
export interface Turn {
  /** The client's. */
  readonly capabilities: JsonObject;
  readonly signal: AbortSignal;
  /** Reports under the client's progress token, when it sent one. */
  progress(progress: number, total: number): Promise<void>;
  log(level: string, data: string): Promise<void>;
  /** Asks the client all of these at once. In the newest era it may throw, and the tool begins anew with the answers. */
  ask(questions: Questions): Promise<Readonly<Record<string, JsonObject>>>;
  changed(what: Changed): Promise<void>;
  /** Closes the stream under the request, which goes on; where the era has no such thing, nothing. */
  dropStream(): void;
}
