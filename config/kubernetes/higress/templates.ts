import { isMapping, mapping } from "../../check-values.ts";
import { formatPath, type Path } from "../../report.ts";
import type { Resource } from "../resource.ts";
import { secretValue } from "../secret.ts";
import type { Finding, Lookup } from "../translator.ts";

/**
 * Higress' templates: `${secret.NAMESPACE/NAME.KEY}` and `${configmap.NAMESPACE/NAME.KEY}` in any text of a WasmPlugin, an McpBridge or
 * `higress-config`; the namespace may be left out (pkg/ingress/config/ingress_template.go). A name holds no dot, a key may.
 */

const TEMPLATE = /\$\{(secret|configmap)\.(?:([^/}]+)\/)?([^.}/]+)\.([^}]+)\}/g;

const SOURCES = {
  secret: { kind: "/Secret", label: "Secret", read: secretValue },
  configmap: { kind: "/ConfigMap", label: "ConfigMap", read: configMapValue },
} as const;

/** Where values come from, and where it is told what is not there. */
export interface TemplateScope {
  readonly lookup: Lookup;
  /** For templates that name none. */
  readonly namespace: string;
  readonly findings: Finding[];
}

/** A value that cannot be filled in, and so is left out together with its key. */
const LEFT_OUT = Symbol("left out");

/**
 * The value with all templates in its texts filled in. What is not there is a finding, and the text that wants it is left out: neither the
 * template nor half of the text is sent on. Keys of mappings are no templates.
 */
export function fillTemplates(value: unknown, path: Path, scope: TemplateScope): unknown {
  const filled = fill(value, path, scope);
  return filled === LEFT_OUT ? undefined : filled;
}

function fill(value: unknown, path: Path, scope: TemplateScope): unknown {
  if (typeof value === "string") return fillText(value, path, scope);
  if (Array.isArray(value)) {
    return value.map((one, index) => fill(one, [...path, index], scope)).filter((one) => one !== LEFT_OUT);
  }
  if (!isMapping(value)) return value;
  const filled = Object.entries(value).map(([key, one]) => [key, fill(one, [...path, key], scope)] as const);
  return Object.fromEntries(filled.filter(([, one]) => one !== LEFT_OUT));
}

function fillText(text: string, path: Path, scope: TemplateScope): string | typeof LEFT_OUT {
  if (!text.includes("${")) return text;
  let missing = false;
  const filled = text.replace(TEMPLATE, (_, type: "secret" | "configmap", namespace, name: string, key: string) => {
    const found = valueOf(type, typeof namespace === "string" ? namespace : scope.namespace, name, key, scope.lookup);
    if (found.value !== undefined) return found.value;
    missing = true;
    scope.findings.push({ field: formatPath(path), severity: "error", ...found.complaint });
    return "";
  });
  return missing ? LEFT_OUT : filled;
}

function configMapValue(configMap: Resource, key: string): string | undefined {
  const value = mapping(configMap.data)[key];
  return typeof value === "string" ? value : undefined;
}

type Found =
  | { readonly value: string; readonly complaint?: never }
  | { readonly value?: never; readonly complaint: Pick<Finding, "message" | "hint"> };

function valueOf(type: "secret" | "configmap", namespace: string, name: string, key: string, lookup: Lookup): Found {
  const { kind, label, read } = SOURCES[type];
  const resource = lookup.get(kind, namespace, name);
  const named = `${label} ${namespace}/${name}`;
  if (resource === undefined) return { complaint: { message: `wants ${named}, which is not there` } };
  const value = read(resource, key);
  if (value !== undefined) return { value };
  return { complaint: { message: `wants the key ${key} of ${named}, which it does not have` } };
}
