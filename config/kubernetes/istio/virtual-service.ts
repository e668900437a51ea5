import { type Mapping, mapping } from "../../check-values.ts";
import type { Path } from "../../report.ts";
import { mappingsAt, numberAt, textAt, textsAt } from "../gateway-api/fields.ts";
import { bounded } from "../gateway-api/names.ts";
import { nativeListener } from "../gateway-api/native-listeners.ts";
import { labelOf } from "../resource.ts";
import type { Translator, Written } from "../translator.ts";
import { destinationOf } from "./destination.ts";
import { type GatewayServer, hostsAt, serversOf } from "./gateways.ts";
import { type HttpAction, httpActionOf } from "./http-action.ts";
import { conditionsOf, type HttpMatch, pathOf } from "./http-match.ts";
import { corsOf, matchesOf } from "./http-policy.ts";
import { orderOf } from "./match-order.ts";
import { IstioScope } from "./scope.ts";

/** A VirtualService: routes of the Gateways that it names. Those for sidecars alone are nothing here. */
export const virtualServiceTranslator: Translator = {
  kind: "networking.istio.io/VirtualService",
  translate(resource, lookup, options) {
    const scope = new IstioScope(resource, lookup, options);
    const places = placesOf(scope);
    if (places.length === 0) return { findings: scope.findings };
    const http = httpPieces(scope, places);
    const bytes = [...bytePieces("tls", scope, places), ...bytePieces("tcp", scope, places)];
    return {
      routes: http.routes,
      tcpRoutes: bytes.map(({ route }) => route),
      services: unique([...http.services, ...bytes.flatMap(({ services }) => services)]),
      findings: scope.findings,
    };
  },
};

/** A server that takes some of the hosts. */
interface Place {
  readonly gateway: string;
  readonly server: GatewayServer;
  readonly hosts: readonly string[];
  readonly listener: string;
}

function placesOf(scope: IstioScope): readonly Place[] {
  const { resource, lookup, namespace, options } = scope;
  const hosts = textsAt(resource.spec, "hosts").map((host) => host.toLowerCase());
  const named = textsAt(resource.spec, "gateways").filter((name) => name !== "mesh");
  return named.flatMap((name, index) => {
    const [own = namespace, gateway = name] = name.includes("/") ? name.split("/") : [];
    const found = lookup.get("networking.istio.io/Gateway", own, gateway);
    if (found === undefined) {
      scope.error(["spec", "gateways", index], `there is no Gateway ${own}/${gateway}`);
      return [];
    }
    return serversOf(found).flatMap((server) => {
      const taken = hostsAt(server, hosts);
      return taken.length === 0
        ? []
        : [{ gateway: name, server, hosts: taken, listener: nativeListener(server.port, options) }];
    });
  });
}

/** A match with what is done for it. */
interface Ruled {
  /** `RULE/POSITION`. */
  readonly name: string;
  readonly match: HttpMatch;
  readonly action: HttpAction;
  readonly plugins: readonly Written[];
}

function httpPieces(
  scope: IstioScope,
  places: readonly Place[],
): { readonly routes: readonly Written[]; readonly services: readonly Written[] } {
  const rules = mappingsAt(scope.resource.spec, "http").flatMap((route, index) => ruledOf(route, index, scope));
  const { byExpression, early } = orderOf(rules.map(({ match }) => match));
  for (const { match, over } of early) {
    const first = over.at.slice(1).join(".");
    scope.warn(match.at, `wins over ${first}, which stands before it: here the match with more conditions does`);
  }
  const open = places.filter(({ server }) => isForHttp(server));
  const routes = rules.flatMap((ruled) => routesOf(ruled, open, byExpression, scope));
  return { routes, services: rules.flatMap(({ action }) => action.services) };
}

function isForHttp({ kind, redirects }: GatewayServer): boolean {
  return kind === "https" || (kind === "http" && !redirects);
}

function ruledOf(route: Mapping, rule: number, scope: IstioScope): readonly Ruled[] {
  const at: Path = ["spec", "http", rule];
  const matches = matchesOf(route, at, scope);
  const action = matches.length === 0 ? undefined : httpActionOf(route, at, scope);
  if (action === undefined) return [];
  const plugins = corsOf(route, at, scope);
  const name = textAt(route, "name") ?? String(rule);
  return matches.map((match, position) => ({ name: `${name}/${position}`, match, action, plugins }));
}

/** One for each set of hosts: the servers that take the same ones are listeners of one route. */
function routesOf(
  { name, match, action, plugins }: Ruled,
  places: readonly Place[],
  byExpression: boolean,
  { resource }: IstioScope,
): readonly Written[] {
  const { namespace, name: own } = resource.metadata;
  const meant = places.filter(
    ({ gateway, listener }) =>
      (match.gateways.length === 0 || match.gateways.includes(gateway)) && match.ports?.includes(listener) !== false,
  );
  const byHosts = Map.groupBy(meant, ({ hosts }) => hosts.join(" "));
  return [...byHosts.values()].map((some, index) => {
    const route = {
      name: bounded(`VirtualService/${namespace}/${own}/${name}${index === 0 ? "" : `@${index}`}`),
      match: {
        hosts: some[0]?.hosts ?? [],
        path: pathOf(match, byExpression),
        ...conditionsOf(match),
        listeners: [...new Set(some.map(({ listener }) => listener))],
      },
      origin: labelOf(resource),
    };
    return Object.assign(route, action.actionFor(match), plugins.length === 0 ? {} : { plugins });
  });
}

interface BytePiece {
  readonly route: Written;
  readonly services: readonly Written[];
}

/** `tls` and `tcp`: connections that are passed on as they are. */
function bytePieces(key: "tls" | "tcp", scope: IstioScope, places: readonly Place[]): readonly BytePiece[] {
  const { resource, options } = scope;
  const { namespace, name } = resource.metadata;
  const open = places.filter(({ server }) => server.kind === (key === "tls" ? "passthrough" : "tcp"));
  return mappingsAt(resource.spec, key).flatMap((route, index) => {
    const at = ["spec", key, index];
    const destinations = mappingsAt(route, "route").map((one, position) => {
      const weight = numberAt(one, "weight");
      const { name: service, service: written } = destinationOf(
        one["destination"],
        [...at, "route", position, "destination"],
        scope,
      );
      return { share: { name: service, ...(weight === undefined ? {} : { weight }) }, written };
    });
    if (destinations.length === 0) scope.error([...at, "route"], "is required");
    const matches = mappingsAt(route, "match");
    return (matches.length === 0 ? [{}] : matches).flatMap((match, position): readonly BytePiece[] => {
      const port = numberAt(match, "port");
      const wanted = port === undefined ? undefined : nativeListener(port, options);
      const listeners = open.map(({ listener }) => listener).filter((one) => wanted === undefined || one === wanted);
      const sni = textsAt(match, "sniHosts");
      if (listeners.length === 0 || destinations.length === 0) return [];
      const made = {
        name: bounded(`VirtualService/${namespace}/${name}/${key}/${index}/${position}`),
        listeners: [...new Set(listeners)],
        ...(sni.length === 0 ? {} : { sni }),
        services: destinations.map(({ share }) => share),
        origin: labelOf(resource),
      };
      return [
        { route: made, services: destinations.flatMap(({ written }) => (written === undefined ? [] : [written])) },
      ];
    });
  });
}

function unique(services: readonly Written[]): readonly Written[] {
  return [...new Map(services.map((service) => [mapping(service)["name"], service])).values()];
}
