import type { ServiceConfig } from "../model.ts";

/** Kept, so that what is built of a service that has not changed can stay. */
const MADE = new WeakMap<ServiceConfig, { readonly from: ServiceConfig; readonly service: ServiceConfig }>();

/** A service that `from` is known of, used as is written; `http` is what an entry says that says nothing of its protocol. */
export function together(written: ServiceConfig, from: ServiceConfig): ServiceConfig {
  const kept = MADE.get(written);
  if (kept?.from === from) return kept.service;
  const protocol = written.protocol === "http" ? from.protocol : written.protocol;
  const tls =
    from.tls === undefined && written.tls === undefined ? {} : { tls: { verify: true, ...from.tls, ...written.tls } };
  const service = { ...from, ...written, ...tls, protocol, endpoints: chosen(written, from) };
  MADE.set(written, { from, service });
  return service;
}

function chosen({ subsetOf }: ServiceConfig, { endpoints }: ServiceConfig): ServiceConfig["endpoints"] {
  const wanted = Object.entries(subsetOf?.metadata ?? {});
  return wanted.length === 0
    ? endpoints
    : endpoints.filter(({ metadata = {} }) => wanted.every(([key, value]) => metadata[key] === value));
}
