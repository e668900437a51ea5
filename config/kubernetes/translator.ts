import type { AcmeConfig } from "../model.ts";
import type { KindName, Resource } from "./resource.ts";

/** The objects there are. What a translator looks up is remembered: it is asked again once one of them has changed. */
export interface Lookup {
  get(kind: KindName, namespace: string, name: string): Resource | undefined;
  /** All of a kind, in one namespace or everywhere, the older first; with `label` those that have it: then only they are remembered. */
  list(kind: KindName, namespace?: string, label?: Label): readonly Resource[];
}

/** A label and its value. */
export type Label = readonly [name: string, value: string];

/** An entry of the native configuration, written as in its file. */
export type Written = Readonly<Record<string, unknown>>;

/** Lists of the native configuration that translators add to. Entries of one name in several pieces: the first counts. */
export const PIECE_LISTS = [
  "listeners",
  "routes",
  "tcpRoutes",
  "services",
  "providers",
  "plugins",
  "mcpServers",
  "registries",
  "proxies",
  "consumers",
] as const;

/** One of {@link PIECE_LISTS}. */
export type PieceList = (typeof PIECE_LISTS)[number];

/** Something about an object that its owner should know. */
export interface Finding {
  /** Where in the object: `spec.rules[0].http.paths[0].path`, `metadata.annotations["higress.io/timeout"]`. */
  readonly field: string;
  readonly message: string;
  readonly hint?: string;
  /** `error`: what the field stands for is left out. `warning`: it is not, or does nothing here. */
  readonly severity: "error" | "warning";
  /** The object it is about, where that is another one than was translated. */
  readonly about?: Resource;
}

/** A condition in an object's status, as the Gateway API has them. */
export interface Condition {
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  readonly reason: string;
  readonly message: string;
}

/** A server certificate for clients of the gateway. */
export interface PieceCertificate {
  /** Names of listeners that show it. */
  readonly listeners: readonly string[];
  /** Names it is for; left out: those in it. */
  readonly hosts?: readonly string[];
  /** PEM. Both left out: the settings hold for whatever these hosts are shown otherwise. */
  readonly cert?: string;
  readonly key?: string;
  /** PEM of the authorities that clients' certificates must be of. */
  readonly clientCa?: string;
  readonly clientAuth?: "require" | "optional";
  readonly minVersion?: string;
  readonly maxVersion?: string;
  readonly ciphers?: readonly string[];
}

/** A name that a certificate is got for by ACME. */
export interface PieceAuto {
  /** Names of listeners that show it. */
  readonly listeners: readonly string[];
  readonly name: string;
  /** Where the cluster has it. */
  readonly secret: ObjectName;
}

/** An object of a namespace. */
export interface ObjectName {
  readonly namespace: string;
  readonly name: string;
}

/** What one object comes to. */
export interface Piece extends Partial<Readonly<Record<PieceList, readonly Written[]>>> {
  readonly certificates?: readonly PieceCertificate[];
  readonly auto?: readonly PieceAuto[];
  /** How they are got: over the configuration's own. */
  readonly acme?: Partial<Pick<AcmeConfig, "email" | "renewBefore">>;
  /** Settings that are there once, in place of the configuration's own: `{ upstream: { … } }`. */
  readonly settings?: Written;
  readonly findings: readonly Finding[];
  /** The `status` the object should have; left out: none is written. */
  readonly status?: Written;
}

/** What the gateway is, for translators. */
export interface TranslatorOptions {
  /** Listeners for Ingresses: names of one without and one with TLS. */
  readonly httpListener: string;
  readonly httpsListener: string | undefined;
  /** Which listener a port of a Gateway is; undefined: it gets one of its own. */
  readonly listenerOf: (port: number) => string | undefined;
  /** Ingresses of this class are taken; "nginx" takes those without a class as well; empty: all are. */
  readonly ingressClass: string;
  /** `spec.controllerName` of GatewayClasses that are taken. */
  readonly controllerName: string;
  /** Where WasmPlugins, McpBridge, Http2Rpc and the ConfigMaps are read: `higress-system`. */
  readonly systemNamespace: string;
  /** Addresses to show in the status of Ingresses and Gateways. */
  readonly addresses: readonly string[];
}

/** Turns objects of one kind into pieces of the native configuration. */
export interface Translator {
  readonly kind: KindName;
  /** Never throws: what is wrong is a finding. The same answer for the same object and the same looked-up ones. */
  translate(resource: Resource, lookup: Lookup, options: TranslatorOptions): Piece;
}

/** What has changed of the pieces of a kind since the last time. */
export interface GivenPieces {
  readonly gone: ReadonlyMap<Resource, Piece>;
  /** New ones, and those of objects that are in `gone` as well. */
  readonly come: ReadonlyMap<Resource, Piece>;
}

/**
 * Brings pieces together where objects of one kind work on each other's: canary Ingresses on the main one's routes. It knows the pieces
 * of its kind by what it was told, and answers what the new ones come to, and those that they work on; a piece that comes to the same as
 * before is the same object.
 */
export interface Joiner {
  readonly kind: KindName;
  join(given: GivenPieces): ReadonlyMap<Resource, Piece>;
}
