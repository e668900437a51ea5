import { mapping } from "../../check-values.ts";
import { labelOf, type Resource } from "../resource.ts";
import type { Lookup, Piece, TranslatorOptions, Written } from "../translator.ts";
import { missingParents } from "./attachment.ts";
import { type Attachment, attachmentsOf, refusalFinding } from "./attachments.ts";
import type { BackendContext } from "./backends.ts";
import { clientCertificateOf, isKeyPair } from "./client-certificate.ts";
import { mappingsAt, textAt } from "./fields.ts";
import type { RouteKind } from "./kinds.ts";
import { bounded } from "./names.ts";
import { type Place, placesOf } from "./places.ts";
import { type RouteRule, routeRule, type RuleKind } from "./route-rules.ts";
import { routeStatus } from "./route-status.ts";

/** Turns an HTTPRoute or a GRPCRoute into routes, services and a status. */
export function routePiece(
  route: Resource,
  kind: RouteKind,
  ruleKind: RuleKind,
  lookup: Lookup,
  options: TranslatorOptions,
): Piece {
  const attachments = attachmentsOf(route, kind, lookup, options);
  // Not this gateway's.
  if (attachments.length === 0) {
    const status = routeStatus(route, attachments, { references: [], rules: [], noRule: false }, options);
    return { findings: missingParents(route, lookup), ...(status === undefined ? {} : { status }) };
  }
  const context: BackendContext = { route, kind, lookup, ...clientOf(attachments, lookup) };
  const rules = rulesIn(route, kind).map((rule, index) => namedRule(rule, index, ruleKind, context));
  const places = placesOf(
    attachments,
    lookup,
    options,
    rules.some(({ redirect }) => redirect !== undefined),
  );
  const status = routeStatus(
    route,
    attachments,
    {
      references: rules.flatMap(({ invalid }) =>
        invalid.flatMap(({ reason, message }) => (reason === "Policy" ? [] : [{ reason, message }])),
      ),
      rules: rules.flatMap(({ problem }) => (problem === undefined ? [] : [problem])),
      noRule: rules.every(({ problem }) => problem !== undefined),
    },
    options,
  );
  return {
    routes: rules.flatMap((rule) => places.flatMap((place, index) => nativeRoutes(route, rule, place, index))),
    services: places.length === 0 ? [] : rules.flatMap(({ services }) => services),
    findings: [
      ...missingParents(route, lookup),
      ...attachments.flatMap(refusalFinding),
      ...rules.flatMap(({ findings }) => findings),
    ],
    ...(status === undefined ? {} : { status }),
  };
}

type NamedRule = RouteRule & { readonly name: string };

function namedRule(written: unknown, index: number, kind: RuleKind, context: BackendContext): NamedRule {
  return {
    name: textAt(written, "name") ?? String(index),
    ...routeRule(written, `spec.rules[${index}]`, kind, context),
  };
}

/** Without rules an HTTPRoute has one that matches everything, as the API's default says. */
function rulesIn({ spec }: Resource, kind: RouteKind): readonly unknown[] {
  const rules = mappingsAt(spec, "rules");
  return rules.length === 0 && kind === "HTTPRoute" ? [{}] : rules;
}

/** Of several Gateways with a certificate for services the first counts. */
function clientOf(attachments: readonly Attachment[], lookup: Lookup): Pick<BackendContext, "client"> {
  for (const { gateway, listeners } of attachments) {
    const pair = listeners.length === 0 ? undefined : clientCertificateOf(gateway, lookup);
    const { namespace, name } = gateway.metadata;
    if (isKeyPair(pair)) return { client: { pair, gateway: `${namespace}/${name}` } };
  }
  return {};
}

function nativeRoutes(route: Resource, rule: NamedRule, place: Place, placeIndex: number): readonly Written[] {
  const { namespace, name } = route.metadata;
  const base = `${route.kind}/${namespace}/${name}/${rule.name}`;
  const suffix = placeIndex === 0 ? "" : `@${place.listeners.join("+")}`;
  return rule.matches.map((match, index) => ({
    name: bounded(`${base}${rule.matches.length > 1 ? `/${index}` : ""}${suffix}`),
    match: { hosts: place.hosts, listeners: place.listeners, ...match },
    ...(rule.redirect === undefined ? rule.action : { redirect: redirectFrom(rule.redirect, place) }),
    ...(rule.plugins.length === 0 ? {} : { plugins: rule.plugins }),
    origin: labelOf(route),
  }));
}

const OWN_PORTS: Readonly<Record<string, number>> = { http: 80, https: 443 };

/**
 * A redirect without a port goes to that of the new scheme, or without one to the listener's. The scheme's own port is not named:
 * clients would show it.
 */
function redirectFrom(redirect: Written, place: Place): Written {
  const { scheme: wanted, port: named, ...others } = mapping(redirect);
  const scheme = typeof wanted === "string" ? wanted : place.terminated ? "https" : "http";
  const port = named ?? (wanted === undefined ? place.port : OWN_PORTS[scheme]);
  const told = port === OWN_PORTS[scheme] ? {} : { port };
  const least = wanted === undefined && Object.keys({ ...others, ...told }).length === 1;
  return { ...others, ...told, ...(wanted === undefined && !least ? {} : { scheme }) };
}
