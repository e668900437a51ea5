import { backendService, firstPort, isBackend } from "../service-backend.ts";
import type { Written } from "../translator.ts";
import { serviceAt } from "./destination.ts";
import { type IngressScope, splitName } from "./scope.ts";

/** A part of `http` that names a service, and the service's entry. */
export interface WithService {
  readonly http: Written;
  readonly service?: Written;
}

/** `mirror-target-service`, or `mirror-target-fqdn`, which wins; and `mirror-percentage`. */
export function mirrorOf(scope: IngressScope): WithService | undefined {
  const { annotations } = scope;
  const target = annotations.has("mirror-target-fqdn") ? fqdnOf(scope) : serviceOf(scope);
  if (target === undefined) return undefined;
  const percent = Math.min(annotations.integer("mirror-percentage") ?? 100, 100);
  const mirror = { service: target.name, ...(percent === 100 ? {} : { percent }) };
  return { http: { mirror: [mirror] }, ...(target.service === undefined ? {} : { service: target.service }) };
}

interface Target {
  readonly name: string;
  readonly service?: Written;
}

function fqdnOf(scope: IngressScope): Target | undefined {
  const { annotations } = scope;
  const host = annotations.text("mirror-target-fqdn");
  if (host === undefined) return undefined;
  const port = annotations.integer("mirror-target-fqdn-port", 1, 65_535) ?? 80;
  if (/^[\w.-]+$/.test(host)) return serviceAt(scope, "mirror-target-fqdn", host, port);
  annotations.error("mirror-target-fqdn", "is not a host name");
  return undefined;
}

/** `[namespace/]name[:port]`. */
function serviceOf({ annotations, lookup, namespace }: IngressScope): Target | undefined {
  const text = annotations.text("mirror-target-service");
  if (text === undefined) return undefined;
  const [, written = "", port] = /^(.*?)(?::(\d{1,5}))?$/.exec(text) ?? [];
  const named = splitName(written, namespace);
  if (named === undefined) {
    annotations.error("mirror-target-service", "is not a Service", "as in shop, test/shop or test/shop:8080");
    return undefined;
  }
  const wanted = port === undefined ? firstPort(lookup, named.namespace, named.name) : Number(port);
  const found = backendService(lookup, named.namespace, named.name, wanted ?? 80);
  if (isBackend(found)) return found;
  annotations.error("mirror-target-service", found.message, found.hint);
  return undefined;
}
