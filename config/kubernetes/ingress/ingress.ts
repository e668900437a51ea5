import type { DomainCertificates } from "../domain-certificate.ts";
import { labelOf } from "../resource.ts";
import type { Piece, Translator } from "../translator.ts";
import { canaryRule } from "./canary.ts";
import { certificatesOf } from "./certificates.ts";
import { isTaken } from "./class.ts";
import { findUnknown } from "./known-annotations.ts";
import { canaryParts, routeParts } from "./route-parts.ts";
import { RouteWriter } from "./route-writer.ts";
import { rulePaths } from "./rules.ts";
import { type IngressScope, scopeOf } from "./scope.ts";
import { statusOf } from "./status.ts";

/** Ingress of networking.k8s.io/v1, with the annotations of Higress and those it shares with ingress-nginx. */
export function ingressTranslator(domains: DomainCertificates): Translator {
  return {
    kind: "networking.k8s.io/Ingress",
    translate(resource, lookup, options) {
      if (!isTaken(resource, lookup, options)) return { findings: [] };
      const scope = scopeOf(resource, lookup, options, domains);
      findUnknown(resource.metadata.annotations, scope.found);
      const piece = scope.annotations.flag("canary") ? canaryPiece(scope) : mainPiece(scope);
      const status = statusOf(options.addresses);
      return { ...piece, findings: scope.found.list, ...(status === undefined ? {} : { status }) };
    },
  };
}

function mainPiece(scope: IngressScope): Omit<Piece, "findings"> {
  findAuth(scope);
  const shown = certificatesOf(scope);
  const certificates = shown.length === 0 ? {} : { certificates: shown };
  const parts = routeParts(scope);
  const paths = rulePaths(scope);
  if (parts === undefined) return certificates;
  const writer = new RouteWriter(scope, parts, labelOf(scope.resource));
  for (const path of paths) writer.add(path);
  return { ...writer.written(), ...certificates };
}

/** Routes as a main Ingress would have them, with no more than what is a canary's own; the joiner puts them where they belong. */
function canaryPiece(scope: IngressScope): Omit<Piece, "findings"> {
  const rule = canaryRule(scope.annotations);
  const parts = canaryParts(scope);
  const paths = rulePaths(scope).filter(({ isDefault }) => !isDefault);
  if (rule === undefined || parts === undefined) return {};
  const writer = new RouteWriter(scope, parts, labelOf(scope.resource));
  for (const path of paths) writer.add(path);
  return writer.written();
}

/** Higress reads these annotations and does nothing, since 2.0. */
function findAuth({ annotations }: IngressScope): void {
  for (const name of ["auth-type", "auth-realm", "auth-secret", "auth-secret-type"] as const) {
    if (!annotations.has(name)) continue;
    annotations.warning(name, "does nothing: nobody is asked for a password", "use a WasmPlugin basic-auth");
  }
}
