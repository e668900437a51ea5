import type { Span } from "./exchange.ts";

/** Begins spans. */
export interface Tracer {
  /** The span of a request with these headers, which from now on tell it to whoever is asked next. */
  begin(headers: Headers): Span;
  /** Sends what waits; resolves when it is sent, or lost. */
  close(): Promise<void>;
}
