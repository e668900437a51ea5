import type { AccessRecord, Attempt } from "../core/exchange.ts";
import type { Observer } from "../core/observer.ts";
import type { Loss } from "../core/protocol.ts";
import type { LineWriter } from "./line-writer.ts";

/** Characters of a text and losses of a request that a line shows at most. */
const MAX_TEXT = 1024;
const MAX_LOSSES = 100;

/** Writes one JSON line a request. */
export class AccessLog implements Observer {
  readonly #writer: LineWriter;

  constructor(writer: LineWriter) {
    this.#writer = writer;
  }

  done(record: AccessRecord): void {
    this.#writer.write(accessLine(record));
  }
}

/**
 * The line of a record, without its line break. What is not known is left out; sizes are bytes, times milliseconds. One flat object goes
 * through `JSON.stringify` whole: measured, that takes half the time of putting the line together by hand.
 */
export function accessLine(record: AccessRecord): string {
  const { startedAt, usage, losses, attempts } = record;
  return JSON.stringify({
    time: isoTime(record.time),
    request_id: record.id,
    method: clipped(record.method),
    host: clipped(record.host),
    path: clipped(record.path),
    remote_address: record.remoteAddress,
    route: record.route,
    api: record.api,
    protocol: record.protocol,
    provider: record.provider,
    upstream_protocol: record.upstreamProtocol,
    model_asked: clipped(record.modelAsked),
    model_used: clipped(record.modelUsed),
    mcp_server: record.mcp?.server,
    mcp_protocol_version: clipped(record.mcp?.version),
    mcp_method: clipped(record.mcp?.method),
    mcp_tool: clipped(record.mcp?.tool),
    mcp_prompt: clipped(record.mcp?.prompt),
    mcp_error: record.mcp?.error,
    mcp_tool_error: record.mcp?.toolError,
    consumer: record.consumer,
    plugins: record.notes === undefined ? undefined : clippedAll(record.notes),
    stream: record.stream,
    status: record.status,
    request_bytes: record.requestBytes,
    response_bytes: record.responseBytes,
    time_to_headers_ms: span(startedAt, record.headersAt),
    time_to_first_token_ms: span(startedAt, record.firstTokenAt),
    total_ms: span(startedAt, record.endedAt),
    input_tokens: usage?.inputTokens,
    output_tokens: usage?.outputTokens,
    cached_input_tokens: usage?.cachedInputTokens,
    cache_write_tokens: usage?.cacheWriteTokens,
    reasoning_tokens: usage?.reasoningTokens,
    cost_usd: record.cost,
    finish_reason: record.finish?.unified,
    loss: losses.length === 0 ? undefined : losses.slice(0, MAX_LOSSES).map(lossShown),
    loss_count: losses.length > MAX_LOSSES ? losses.length : undefined,
    attempts: attempts.length === 0 ? undefined : attempts.map(attemptShown),
    fault: record.fault,
    detail: clipped(record.detail),
  });
}

function attemptShown({ upstream, credential, model, status, fault, duration }: Attempt): object {
  return { upstream, credential, model, status, fault, duration_ms: span(0, duration) };
}

/** A field's name is the client's own word where nobody knows it. */
function lossShown({ field, kind, detail }: Loss): object {
  return { field: clipped(field), kind, detail: clipped(detail) };
}

/** What a client wrote may be as long as a request may be; a line of the log may not. */
function clipped(text: string | undefined): string | undefined {
  return text === undefined || text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}…`;
}

function clippedAll(notes: Readonly<Record<string, string>>): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(Object.entries(notes).map(([name, text]) => [name, clipped(text)]));
}

/** A span in milliseconds with at most three decimals. */
function span(from: number, to: number | undefined): number | undefined {
  return to === undefined ? undefined : Math.round((to - from) * 1000) / 1000;
}

let lastMillisecond = NaN;
let lastIso = "";

/** ISO 8601 in UTC; the last one is remembered, since many requests share a millisecond. */
function isoTime(milliseconds: number): string {
  if (milliseconds !== lastMillisecond) {
    lastIso = new Date(milliseconds).toISOString();
    lastMillisecond = milliseconds;
  }
  return lastIso;
}
