import type { Written } from "../translator.ts";
import type { MatchedPath } from "./path.ts";
import type { IngressScope } from "./scope.ts";

const HOST = /^[\w.-]+(?::\d{1,5})?$|^\[[0-9A-Fa-f:.]+\](?::\d{1,5})?$/;

/** `rewrite-target`, `rewrite-path`, `upstream-vhost`: what the service sees. */
export function rewriteOf(scope: IngressScope, path: MatchedPath): Written {
  const rewrite = { ...pathOf(scope, path), ...hostOf(scope) };
  return Object.keys(rewrite).length === 0 ? {} : { rewrite };
}

function hostOf({ annotations }: IngressScope): Written {
  const host = annotations.text("upstream-vhost");
  if (host === undefined) return {};
  if (HOST.test(host)) return { host };
  annotations.error("upstream-vhost", "is not a host name", "variables as $service_name are not known here");
  return {};
}

function pathOf({ annotations }: IngressScope, path: MatchedPath): Written {
  const plain = annotations.text("rewrite-path");
  const target = plain ?? annotations.text("rewrite-target");
  const name = plain === undefined ? "rewrite-target" : "rewrite-path";
  if (target === undefined) return {};
  const regex = plain === undefined && path.kind === "regex";
  if (target.startsWith("/") && (regex || !/[?#\s]/.test(target))) return { path: replacement(path, target, regex) };
  annotations.error(name, "must be a path that begins with /", "without a query, a fragment or a blank");
  return {};
}

function replacement({ kind, replaced, match }: MatchedPath, target: string, groups: boolean): Written {
  if (replaced !== undefined && (groups || kind === "prefix")) {
    return { regex: replaced, substitution: groups ? withGroups(target) : literal(target.replace(/\/$/, "")) };
  }
  return "prefix" in match ? { prefix: target } : { full: target };
}

/** `$1` to `$9` stand for groups where there is one of them, any other dollar sign for itself. */
function withGroups(target: string): string {
  return target.replaceAll(/\\([1-9])/g, "$$$1").replaceAll(/\$(?![0-9])/g, "$$$$");
}

function literal(text: string): string {
  return text.replaceAll("$", "$$$$");
}
