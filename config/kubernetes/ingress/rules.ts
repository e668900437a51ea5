import { entries, isMapping, mapping } from "../../check-values.ts";
import { type MatchedPath, pathRules, type PathRules, readPath } from "./path.ts";
import type { Resource } from "../resource.ts";
import type { IngressScope } from "./scope.ts";

/** A path of an Ingress for a host, with who is behind it. */
export interface RulePath {
  readonly host: string;
  readonly path: MatchedPath;
  readonly backend: unknown;
  /** `defaultBackend` is behind it. */
  readonly isDefault: boolean;
  /** Where in the Ingress, for findings. */
  readonly field: string;
}

const ROOT: MatchedPath = { written: "/", kind: "prefix", match: { prefix: "/" } };

/** All paths of an Ingress: those of its rules, and behind them `defaultBackend` for its hosts and for all others. */
export function rulePaths(scope: IngressScope): readonly RulePath[] {
  const { rules, defaultBackend } = mapping(scope.resource["spec"]);
  const written = entries(rules);
  if (written.length === 0 && defaultBackend === undefined) {
    scope.found.error("spec", "needs rules or a defaultBackend");
    return [];
  }
  const hosts = new Set<string>();
  const options = pathRules(scope);
  const paths = written.flatMap(([index, rule]) => {
    const field = `spec.rules[${index}]`;
    const host = hostOf(rule["host"]);
    if (host === undefined) {
      scope.found.error(`${field}.host`, "is not a host name, or *. and one");
      return [];
    }
    hosts.add(host);
    return pathsOf(scope, mapping(rule["http"])["paths"], { host, field: `${field}.http.paths`, options });
  });
  return isMapping(defaultBackend) ? [...paths, ...defaults(defaultBackend, [...hosts, "*"], paths)] : paths;
}

/** The hosts of an Ingress' rules; `*` for those without one. */
export function ruleHosts({ spec }: Resource): readonly string[] {
  return [...new Set(entries(mapping(spec)["rules"]).flatMap(([, { host }]) => hostOf(host) ?? []))];
}

/** An Ingress' default is for what no path of its own host fits; those that have a path `/` need none. */
function defaults(backend: unknown, hosts: readonly string[], paths: readonly RulePath[]): readonly RulePath[] {
  const served = new Set(
    paths.filter(({ path: { match } }) => "prefix" in match && match.prefix === "/").map(({ host }) => host),
  );
  return [...new Set(hosts)]
    .filter((host) => !served.has(host))
    .map((host) => ({ host, path: ROOT, backend, isDefault: true, field: "spec.defaultBackend" }));
}

function hostOf(host: unknown): string | undefined {
  if (host === undefined || host === "") return "*";
  if (typeof host !== "string") return undefined;
  const lower = host.toLowerCase();
  return /^(?:\*\.)?[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?$|^\*$/.test(lower) ? lower : undefined;
}

interface Place {
  readonly host: string;
  readonly field: string;
  readonly options: PathRules;
}

function pathsOf({ found }: IngressScope, paths: unknown, { host, field, options }: Place): readonly RulePath[] {
  return entries(paths).flatMap(([index, { path: written, pathType, backend }]) => {
    const place = `${field}[${index}]`;
    const path = readPath(written, pathType, options);
    if (typeof path === "string") {
      found.error(`${place}.path`, path);
      return [];
    }
    return [{ host, path, backend, isDefault: false, field: `${place}.backend` }];
  });
}
