import type { Mapping } from "../../check-values.ts";
import { resourceOf } from "../../kubernetes/read-resources.ts";
import type { Resource } from "../../kubernetes/resource.ts";
import type { KubeKind } from "./kinds.ts";

/**
 * What is asked for of a kind's objects (https://kubernetes.io/docs/reference/using-api/api-concepts/#alternate-representations-of-resources);
 * servers that cannot leave out anything answer with all of it.
 */
export function acceptOf({ labelsOnly }: KubeKind, list: "List" | "" = ""): string {
  const json = "application/json";
  return labelsOnly === true ? `${json};as=PartialObjectMetadata${list};g=meta.k8s.io;v=v1,${json}` : json;
}

/** An object as the server tells it, which in lists, and as metadata alone, does not say what it is. */
export function readObject(kind: KubeKind, version: string, written: Mapping): Resource | undefined {
  const read = resourceOf({ ...written, apiVersion: apiVersionOf(kind, version), kind: nameOf(kind) });
  if (typeof read === "string") return undefined;
  return kind.labelsOnly === true ? withLabelsOnly(read) : read;
}

/** Also without what changes more often than the labels, so that it is the same as before. */
function withLabelsOnly({ apiVersion, kind, metadata }: Resource): Resource {
  const { name, namespace, labels, resourceVersion } = metadata;
  const version = resourceVersion === undefined ? {} : { resourceVersion };
  return {
    apiVersion,
    kind,
    metadata: { name, namespace, labels, annotations: {}, creationTimestamp: "", ...version },
  };
}

function nameOf({ kind }: KubeKind): string {
  return kind.slice(kind.indexOf("/") + 1);
}

function apiVersionOf({ kind }: KubeKind, version: string): string {
  const group = kind.slice(0, kind.indexOf("/"));
  return group === "" ? version : `${group}/${version}`;
}
