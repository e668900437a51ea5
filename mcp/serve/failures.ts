import type { Exchange } from "#src/core/exchange.ts";
import { ERROR_CODES } from "#src/core/mcp/messages.ts";
import { mcpErrorOf } from "./outgoing.ts";

/** Tells the access log how a request failed, and what went wrong inside, which the client is not told. */
export function noteFailure({ record }: Exchange, thrown: unknown): void {
  const { code, cause } = mcpErrorOf(thrown);
  if (record.mcp !== undefined) record.mcp.error = code;
  if (code !== ERROR_CODES.internalError) return;
  record.fault ??= "internal";
  if (cause === undefined) return;
  // The message alone: a stack names nothing that an operator could act on.
  record.detail ??= (cause instanceof Error ? `${cause.name}: ${cause.message}` : JSON.stringify(cause)).slice(0, 300);
}
