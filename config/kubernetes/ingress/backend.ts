import { isMapping, type Mapping, mapping } from "../../check-values.ts";
import { backendService, isBackend, missingBackend, type ServicePort } from "../service-backend.ts";
import type { Written } from "../translator.ts";
import { type Destination, destinationsOf } from "./destination.ts";
import { ruleSettings } from "../istio/destination.ts";
import type { IngressScope } from "./scope.ts";

/** What `backend` of a path, or `defaultBackend`, comes to; none where it cannot be read. A Service that is not there stays, and answers 503. */
export function backendsOf(
  scope: IngressScope,
  backend: unknown,
  field: string,
  settings: Written,
): readonly Destination[] {
  const { service, resource } = mapping(backend);
  if (isMapping(service)) return ofService(scope, service, `${field}.service`, settings);
  if (isMapping(resource)) return ofResource(scope, resource, `${field}.resource`, settings);
  scope.found.error(field, "names neither a service nor a resource");
  return [];
}

function ofService(scope: IngressScope, service: Mapping, field: string, settings: Written): readonly Destination[] {
  const { namespace, lookup, found, annotations } = scope;
  const { name } = service;
  const port = portOf(service);
  if (typeof name !== "string" || !NAME.test(name) || port === undefined) {
    found.error(field, "needs a name and a port", "as in { name: shop, port: { number: 80 } }");
    return [];
  }
  if (annotations.has("destination")) {
    annotations.warning("destination", "does nothing beside a Service", "it is for the resource McpBridge default");
  }
  const made = backendService(lookup, namespace, name, port, (number) => ({
    ...ruleSettings({ name, namespace }, number, scope),
    ...settings,
  }));
  if (!isBackend(made)) found.error(field, made.message, made.hint);
  return [{ ...(isBackend(made) ? made : missingBackend(namespace, name, port)), weight: 1 }];
}

/** What Kubernetes takes as the name of a Service or a port, and no more. */
const NAME = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/;

function portOf({ port }: Mapping): ServicePort | undefined {
  const { number, name } = mapping(port);
  if (typeof number === "number" && number > 0) return number <= 65_535 ? number : undefined;
  return typeof name === "string" && NAME.test(name) ? name : undefined;
}

/** Higress' way to services of registries: the resource stands for all of them, an annotation names them. */
function ofResource(scope: IngressScope, resource: Mapping, field: string, settings: Written): readonly Destination[] {
  const { apiGroup, kind, name } = resource;
  if (apiGroup !== "networking.higress.io" || kind !== "McpBridge" || name !== "default") {
    scope.found.error(field, "is not known here", "only the McpBridge default of networking.higress.io is");
    return [];
  }
  const destinations = destinationsOf(scope, settings);
  if (destinations.length === 0 && !scope.annotations.has("destination")) {
    scope.found.error(field, "needs the annotation higress.io/destination, which names the services");
  }
  return destinations;
}
