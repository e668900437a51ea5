/** What a request's headers say of the trace that it is a part of. */
export interface Context {
  readonly traceId: string;
  readonly spanId: string;
  /** Undefined: that is for the next one to decide. */
  readonly sampled: boolean | undefined;
}

/** How traces are told in headers. */
export interface Propagation {
  read(headers: Headers): Context | undefined;
  write(headers: Headers, context: Context, parentId: string | undefined): void;
}

const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/;

/** https://www.w3.org/TR/trace-context/ */
export const traceContext: Propagation = {
  read(headers) {
    const [, traceId, spanId, flags] = TRACEPARENT.exec(headers.get("traceparent") ?? "") ?? [];
    if (traceId === undefined || spanId === undefined) return undefined;
    return { traceId, spanId, sampled: (Number.parseInt(flags ?? "", 16) & 1) === 1 };
  },
  write(headers, { traceId, spanId, sampled }) {
    headers.set("traceparent", `00-${traceId}-${spanId}-${sampled === true ? "01" : "00"}`);
  },
};

/** https://github.com/openzipkin/b3-propagation, with one header each. */
export const b3: Propagation = {
  read(headers) {
    const traceId = headers.get("x-b3-traceid")?.toLowerCase() ?? "";
    const spanId = headers.get("x-b3-spanid")?.toLowerCase() ?? "";
    if (!/^(?:[0-9a-f]{16}|[0-9a-f]{32})$/.test(traceId) || !/^[0-9a-f]{16}$/.test(spanId)) return undefined;
    const said = headers.get("x-b3-sampled");
    const sampled = headers.get("x-b3-flags") === "1" || said === "1" || said === "true";
    return { traceId, spanId, sampled: sampled || said !== null ? sampled : undefined };
  },
  write(headers, { traceId, spanId, sampled }, parentId) {
    headers.set("x-b3-traceid", traceId);
    headers.set("x-b3-spanid", spanId);
    headers.set("x-b3-sampled", sampled === true ? "1" : "0");
    if (parentId === undefined) headers.delete("x-b3-parentspanid");
    else headers.set("x-b3-parentspanid", parentId);
  },
};
