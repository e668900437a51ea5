import type { FinishedSpan } from "./finished-span.ts";

/** Spans as Zipkin's API v2 takes them at `/api/v2/spans`. */
export function zipkinSpans(spans: readonly FinishedSpan[]): string {
  return JSON.stringify(
    spans.map(({ traceId, spanId, parentId, name, start, duration, attributes }) => ({
      traceId,
      id: spanId,
      ...(parentId === undefined ? {} : { parentId }),
      kind: "SERVER",
      name,
      timestamp: start,
      duration,
      localEndpoint: { serviceName: "sluice" },
      tags: Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, String(value)])),
    })),
  );
}
