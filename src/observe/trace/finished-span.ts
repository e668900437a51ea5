import type { AccessRecord, Span } from "../../core/exchange.ts";

/** A span that is over, as all collectors are told it. */
export interface FinishedSpan extends Pick<Span, "traceId" | "spanId" | "parentId"> {
  readonly name: string;
  /** Unix time in microseconds. */
  readonly start: number;
  /** Microseconds. */
  readonly duration: number;
  /** Names of OpenTelemetry's conventions. */
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly failed: boolean;
}

/** What a request came to. */
export function finishedSpan({ traceId, spanId, parentId }: Span, record: AccessRecord): FinishedSpan {
  const { method, route, status, time, startedAt, endedAt = startedAt, fault } = record;
  const failed = fault !== undefined || status >= 500;
  return {
    traceId,
    spanId,
    ...(parentId === undefined ? {} : { parentId }),
    name: route === undefined ? method : `${method} ${route}`,
    start: Math.round(time * 1000),
    duration: Math.max(1, Math.round((endedAt - startedAt) * 1000)),
    attributes: attributesOf(record, failed),
    failed,
  };
}

function attributesOf(record: AccessRecord, failed: boolean): FinishedSpan["attributes"] {
  const { attempts, usage } = record;
  const all: Readonly<Record<string, string | number | undefined>> = {
    "http.request.method": record.method,
    "url.path": record.path,
    "server.address": record.host,
    "client.address": record.remoteAddress,
    "http.route": record.route,
    "http.response.status_code": record.status,
    "sluice.request_id": record.id,
    "sluice.upstream": attempts.at(-1)?.upstream,
    "sluice.attempts": attempts.length,
    "gen_ai.provider.name": record.provider,
    "gen_ai.request.model": record.modelAsked,
    "gen_ai.response.model": record.modelUsed,
    "gen_ai.usage.input_tokens": usage?.inputTokens,
    "gen_ai.usage.output_tokens": usage?.outputTokens,
    "error.type": failed ? (record.fault ?? String(record.status)) : undefined,
  };
  return Object.fromEntries(
    Object.entries(all).filter((entry): entry is [string, string | number] => entry[1] !== undefined),
  );
}
