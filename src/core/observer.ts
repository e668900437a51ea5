import type { AccessRecord } from "./exchange.ts";

/** Sees each request once, when it is over: after the last byte, or when its client left. Must not throw. */
export interface Observer {
  done(record: AccessRecord): void;
}
