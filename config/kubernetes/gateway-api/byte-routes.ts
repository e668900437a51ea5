import { labelOf, type Resource } from "../resource.ts";
import type { Finding, Lookup, Piece, Translator, TranslatorOptions, Written } from "../translator.ts";
import { missingParents } from "./attachment.ts";
import { attachmentsOf, refusalFinding } from "./attachments.ts";
import { KINDS, type RouteKind } from "./kinds.ts";
import { mappingsAt, textAt } from "./fields.ts";
import { bounded } from "./names.ts";
import { type Place, placesOf } from "./places.ts";
import { routeStatus } from "./route-status.ts";
import { type RuleBackends, ruleBackends } from "./rule-backends.ts";

/** Connections of a share that is not valid are refused: it goes to a service without endpoints. */
const NOWHERE = { name: "nowhere.invalid", protocol: "tcp", endpoints: [] };

/** TLSRoutes and TCPRoutes: connections go on as they are, which only Envoy does. They have one rule; of more, the first counts. */
function bytePiece(route: Resource, kind: RouteKind, lookup: Lookup, options: TranslatorOptions): Piece {
  const attachments = attachmentsOf(route, kind, lookup, options);
  const [rule, ...more] = mappingsAt(route.spec, "rules");
  const attached = attachments.length > 0;
  const backends = ruleBackends(attached ? rule : {}, "spec.rules[0]", { route, kind, lookup });
  const places = placesOf(attachments, lookup, options, false);
  const name = textAt(rule, "name") ?? "0";
  const references = backends.invalid.flatMap(({ reason, message }) =>
    reason === "Policy" ? [] : [{ reason, message }],
  );
  const status = routeStatus(route, attachments, { references, rules: [], noRule: false }, options);
  const findings: Finding[] = [...missingParents(route, lookup), ...attachments.flatMap(refusalFinding)];
  if (more.length > 0) {
    findings.push({ field: "spec.rules[1]", message: "does nothing: only the first rule counts", severity: "warning" });
  }
  return {
    tcpRoutes: places.flatMap((place, index) => tcpRoutes(route, { name, kind, backends }, place, index)),
    services: places.length === 0 ? [] : [...backends.services, ...(backends.failing > 0 ? [NOWHERE] : [])],
    findings: [...findings, ...backends.findings],
    ...(status === undefined ? {} : { status }),
  };
}

interface ByteRule {
  readonly name: string;
  readonly kind: RouteKind;
  readonly backends: RuleBackends;
}

function tcpRoutes(
  route: Resource,
  { name: rule, kind, backends }: ByteRule,
  { hosts, listeners, terminated }: Place,
  index: number,
): readonly Written[] {
  const shares = backends.shares.filter(({ weight }) => weight !== 0).map(({ name, weight }) => ({ name, weight }));
  const failing = backends.failing > 0 ? [{ name: NOWHERE.name, weight: backends.failing }] : [];
  const services = [...shares, ...failing];
  if (services.length === 0) return [];
  const { namespace, name } = route.metadata;
  const any = hosts.includes("*");
  return [
    {
      name: bounded(`${route.kind}/${namespace}/${name}/${rule}${index === 0 ? "" : `@${listeners.join("+")}`}`),
      listeners,
      ...(any || kind === "TCPRoute" ? {} : { sni: hosts }),
      ...(terminated ? { terminate: true } : {}),
      services,
      origin: labelOf(route),
    },
  ];
}

/** TLSRoutes. */
export const tlsRouteTranslator: Translator = {
  kind: KINDS.tlsRoute,
  translate: (route, lookup, options) => bytePiece(route, "TLSRoute", lookup, options),
};

/** TCPRoutes. */
export const tcpRouteTranslator: Translator = {
  kind: KINDS.tcpRoute,
  translate: (route, lookup, options) => bytePiece(route, "TCPRoute", lookup, options),
};
