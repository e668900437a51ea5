import { backendService, firstPort, isBackend } from "../service-backend.ts";
import type { WithService } from "./mirror.ts";
import { type IngressScope, splitName } from "./scope.ts";

/** `default-backend` and `custom-http-errors`: who answers where the route's services have no endpoints, or answer with these statuses. */
export function fallbackOf({ annotations, lookup, namespace }: IngressScope): WithService | undefined {
  const text = annotations.text("default-backend");
  if (text === undefined) {
    if (annotations.has("custom-http-errors")) {
      annotations.warning("custom-http-errors", "does nothing without default-backend");
    }
    return undefined;
  }
  const named = splitName(text, namespace);
  if (named === undefined) {
    annotations.error("default-backend", "is not a Service", "as in errors, or test/errors");
    return undefined;
  }
  const port = firstPort(lookup, named.namespace, named.name);
  const found = backendService(lookup, named.namespace, named.name, port ?? 80);
  if (!isBackend(found)) {
    annotations.error("default-backend", found.message, found.hint);
    return undefined;
  }
  const on = annotations.words("custom-http-errors").flatMap((word) => {
    if (/^[1-5]\d\d$/.test(word)) return [Number(word)];
    annotations.error("custom-http-errors", `${word} is not a status`);
    return [];
  });
  return { http: { fallback: { service: found.name, ...(on.length === 0 ? {} : { on }) } }, service: found.service };
}
