import { labelOf, type Resource } from "../resource.ts";
import type { KeyPair } from "../secret.ts";
import { backendService, isBackend } from "../service-backend.ts";
import type { Lookup, Written } from "../translator.ts";
import { type AppProtocol, appProtocolOf } from "./app-protocols.ts";
import { policyFor, policyTls } from "./backend-tls.ts";
import { mappingsAt, numberAt, textAt } from "./fields.ts";
import { CORE_KINDS, GATEWAY_GROUP, type RouteKind } from "./kinds.ts";
import { bounded } from "./names.ts";
import { isPermitted } from "./reference-grants.ts";

/** A backend as the native configuration has it. */
export interface NativeBackend {
  readonly name: string;
  /** The entry of `services`; left out: it comes from a registry. */
  readonly service?: Written;
}

/** Why requests to a backend must fail. */
export interface InvalidBackend {
  /** `Policy`: it is there, but must not be asked. */
  readonly reason: "RefNotPermitted" | "InvalidKind" | "BackendNotFound" | "UnsupportedProtocol" | "Policy";
  readonly message: string;
}

/** What backends of a route have in common. */
export interface BackendContext {
  readonly route: Resource;
  readonly kind: RouteKind;
  readonly lookup: Lookup;
  /** What the gateway shows services with TLS, and whose it is. */
  readonly client?: { readonly pair: KeyPair; readonly gateway: string };
  /** How a rule's requests stay at one endpoint. */
  readonly session?: { readonly label: string; readonly settings: Written };
}

/** Tells the two answers of {@link backendOf} apart. */
export function isInvalid(found: NativeBackend | InvalidBackend): found is InvalidBackend {
  return "reason" in found;
}

/** Services of registries, as Higress names them in routes: `{ group: networking.higress.io, kind: Service, name: orders.static }`. */
const HIGRESS_GROUP = "networking.higress.io";

/** What a backendRef leads to. */
export function backendOf(ref: unknown, context: BackendContext): NativeBackend | InvalidBackend {
  const [group, kind] = [textAt(ref, "group") ?? "", textAt(ref, "kind") ?? "Service"];
  const name = textAt(ref, "name") ?? "";
  if (group === HIGRESS_GROUP && kind === "Service") return { name };
  if (group !== "" || kind !== "Service") {
    return { reason: "InvalidKind", message: `Backends of the kind ${kind} are not supported.` };
  }
  const own = context.route.metadata.namespace;
  const namespace = textAt(ref, "namespace") ?? own;
  const from = { group: GATEWAY_GROUP, kind: context.kind, namespace: own };
  if (!isPermitted(from, { group: "", kind: "Service", namespace, name }, context.lookup)) {
    const message = `No ReferenceGrant lets ${labelOf(context.route)} use the Service ${namespace}/${name}.`;
    return { reason: "RefNotPermitted", message };
  }
  const port = numberAt(ref, "port");
  if (port === undefined) return { reason: "BackendNotFound", message: `The Service ${name} needs a port.` };
  return serviceBackend({ namespace, name, port }, context);
}

interface ServiceRef {
  readonly namespace: string;
  readonly name: string;
  readonly port: number;
}

function serviceBackend(ref: ServiceRef, context: BackendContext): NativeBackend | InvalidBackend {
  const { namespace, name, port } = ref;
  const { lookup } = context;
  const spec = lookup.get(CORE_KINDS.service, namespace, name)?.spec;
  const written = mappingsAt(spec, "ports").find((one) => one["port"] === port);
  const settings = settingsOf(ref, written, context);
  if ("reason" in settings) return settings;
  const found = backendService(lookup, namespace, name, port, settings.fields);
  if (!isBackend(found)) {
    return { reason: "BackendNotFound", message: `${found.message.replace(/^t/, "T")}.` };
  }
  // Whoever uses the Service in another way must not meet these settings under its name.
  const named = bounded([found.name, ...settings.labels].join(";"));
  return { name: named, service: { ...found.service, name: named } };
}

/** Settings of a service beyond what is usual, each with what tells it in the service's name. */
interface BackendSettings {
  readonly fields: Written;
  readonly labels: readonly string[];
}

function settingsOf(ref: ServiceRef, port: unknown, context: BackendContext): BackendSettings | InvalidBackend {
  const spoken = appProtocolOf(port, context.kind);
  if (spoken === undefined) {
    const message = `${textAt(port, "appProtocol") ?? ""} of the Service ${ref.name} is nothing that such routes speak.`;
    return { reason: "UnsupportedProtocol", message };
  }
  const session = context.session;
  const kept: BackendSettings = {
    fields: { ...spoken.settings, ...session?.settings },
    labels: [...spoken.labels, ...(session === undefined ? [] : [session.label])],
  };
  const policy = policyFor(ref.namespace, ref.name, textAt(port, "name"), context.lookup);
  return policy === undefined ? kept : withPolicy(kept, policy, spoken, context);
}

function withPolicy(
  { fields, labels }: BackendSettings,
  policy: Resource,
  spoken: AppProtocol,
  { client, lookup }: BackendContext,
): BackendSettings | InvalidBackend {
  const { tls, problems } = policyTls(policy, lookup);
  const [problem] = problems;
  if (tls === undefined || problem !== undefined) {
    return { reason: "Policy", message: `${labelOf(policy)}: ${problem?.message ?? "it is not valid."}` };
  }
  const shown = client === undefined ? {} : client.pair;
  return {
    fields: { ...fields, protocol: spoken.overTls, tls: { ...tls, ...shown } },
    labels: [...labels, `tls=${policy.metadata.name}`, ...(client === undefined ? [] : [`client=${client.gateway}`])],
  };
}
