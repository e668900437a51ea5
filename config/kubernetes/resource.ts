/** A Kubernetes object as YAML or the API server gives it; never changed once it is here: a change is another object. */
export interface Resource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ResourceMetadata;
  readonly spec?: unknown;
  readonly data?: unknown;
  readonly [field: string]: unknown;
}

/** What every object has. */
export interface ResourceMetadata {
  readonly name: string;
  /** Empty for what belongs to no namespace. */
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** RFC 3339; orders what claims the same. Empty when it is not known: then it is the oldest, as Go's zero time is in Istio and Higress. */
  readonly creationTimestamp: string;
  readonly generation?: number;
  readonly resourceVersion?: string;
  readonly uid?: string;
}

/** Kinds by API group and kind, without the version: `networking.k8s.io/Ingress`; the core group is empty: `/Secret`. */
export type KindName = `${string}/${string}`;

/** The kind of an object. */
export function kindNameOf({ apiVersion, kind }: Pick<Resource, "apiVersion" | "kind">): KindName {
  const slash = apiVersion.indexOf("/");
  return `${slash === -1 ? "" : apiVersion.slice(0, slash)}/${kind}`;
}

/** `Ingress default/shop`, for people. */
export function labelOf({ kind, metadata: { namespace, name } }: Resource): string {
  return namespace === "" ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}

/** The older first, then by namespace and name: who was there first wins what two claim. */
export function byAge(a: Resource, b: Resource): number {
  const [one, two] = [a.metadata, b.metadata];
  return (
    compare(one.creationTimestamp, two.creationTimestamp) ||
    compare(one.namespace, two.namespace) ||
    compare(one.name, two.name)
  );
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
