import { mapping } from "../../check-values.ts";
import type { Resource } from "../resource.ts";
import type { Lookup, TranslatorOptions } from "../translator.ts";

const LEGACY = "kubernetes.io/ingress.class";
const DEFAULT = "ingressclass.kubernetes.io/is-default-class";

/** The class whose gateway also takes Ingresses that name none, as ingress-nginx does. */
const TAKES_CLASSLESS = "nginx";

/**
 * Whether an Ingress is this gateway's. The old annotation is asked before `spec.ingressClassName`. One that names no class is taken by the
 * gateway of the class `nginx`, and by that of the class that is marked as the default: files know no API server that would write it down.
 */
export function isTaken({ metadata, spec }: Resource, lookup: Lookup, { ingressClass }: TranslatorOptions): boolean {
  if (ingressClass === "") return true;
  const named = metadata.annotations[LEGACY] ?? mapping(spec)["ingressClassName"];
  if (typeof named === "string" && named !== "") return named === ingressClass;
  if (ingressClass === TAKES_CLASSLESS) return true;
  // An annotation that is there and empty says "none", not "the default one".
  if (metadata.annotations[LEGACY] !== undefined) return false;
  const own = lookup.get("networking.k8s.io/IngressClass", "", ingressClass);
  return own?.metadata.annotations[DEFAULT] === "true";
}
