import { regexComplaint } from "#src/core/settings/scalars.ts";
import type { Resource } from "../resource.ts";
import type { Written } from "../translator.ts";
import { Annotations } from "./annotations.ts";
import { Findings } from "./findings.ts";
import { type AnnotationName, HIGRESS, NGINX } from "./known-annotations.ts";
import { quoted } from "./path.ts";

/** Which requests a canary Ingress takes from the main one: those with a header (a cookie is one), or a share. */
export type CanaryRule =
  | { readonly by: "header"; readonly condition: Written }
  | { readonly by: "weight"; readonly weight: number; readonly total: number };

/** Whether an Ingress is a canary. */
export function isCanary({ metadata }: Resource): boolean {
  if (metadata.annotations[`${HIGRESS}canary`] === undefined && metadata.annotations[`${NGINX}canary`] === undefined)
    return false;
  return new Annotations(metadata.annotations, new Findings()).flag("canary");
}

/** What decides, the stronger first, as in Higress: with one of them the weaker ones do nothing. */
const STRENGTH: readonly AnnotationName[] = [
  "canary-by-header-value",
  "canary-by-header-pattern",
  "canary-by-cookie",
  "canary-weight",
];

/** The rule of a canary Ingress; undefined where it has none that is good. */
export function canaryRule(annotations: Annotations): CanaryRule | undefined {
  const [strongest, ...weaker] = STRENGTH.filter((name) => annotations.has(name));
  const byHeader = annotations.has("canary-by-header");
  const idle = byHeader && strongest !== undefined && !strongest.startsWith("canary-by-header-") ? [strongest] : [];
  for (const name of [...idle, ...weaker]) {
    annotations.warning(name, `does nothing beside ${byHeader ? "canary-by-header" : (strongest ?? "")}`);
  }
  if (byHeader) return headerRule(annotations);
  switch (strongest) {
    case "canary-by-cookie":
      return cookieRule(annotations);
    case "canary-weight":
      return weightRule(annotations);
    case undefined:
      annotations.error(
        "canary",
        "says nothing of which requests",
        "add canary-by-header, canary-by-cookie or canary-weight",
      );
      return undefined;
    default:
      annotations.error(strongest, "needs canary-by-header, the header's name");
      return undefined;
  }
}

function headerRule(annotations: Annotations): CanaryRule | undefined {
  const name = annotations.text("canary-by-header");
  if (name === undefined) return undefined;
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) {
    annotations.error("canary-by-header", "is not a header's name");
    return undefined;
  }
  const value = annotations.text("canary-by-header-value");
  if (value !== undefined) return byHeader({ name, regex: `always|${quoted(value)}` });
  const pattern = annotations.text("canary-by-header-pattern");
  if (pattern === undefined) return byHeader({ name, exact: "always" });
  const complaint = regexComplaint(pattern);
  if (complaint === undefined) return byHeader({ name, regex: pattern });
  annotations.error("canary-by-header-pattern", complaint.message, complaint.hint);
  return undefined;
}

function cookieRule(annotations: Annotations): CanaryRule | undefined {
  const cookie = annotations.text("canary-by-cookie");
  if (cookie === undefined) return undefined;
  return byHeader({ name: "cookie", regex: `(?:.*;\\s*)?${quoted(cookie)}=always(?:\\s*;.*)?` });
}

function weightRule(annotations: Annotations): CanaryRule | undefined {
  const total = annotations.integer("canary-weight-total", 1, 1_000_000) ?? 100;
  const weight = annotations.integer("canary-weight", 0, total);
  return weight === undefined ? undefined : { by: "weight", weight, total };
}

function byHeader(condition: Written): CanaryRule {
  return { by: "header", condition };
}
