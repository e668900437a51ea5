import type { JsonObject } from "#src/core/json.ts";

/** Kinds of resources that a configuration becomes. */
export type TranslatedType = "cds" | "eds" | "lds" | "rds" | "vhds" | "sds" | "ecds";

/**
 * What an Envoy shall have, by type, by name (see src/control/xds/snapshot.ts). What did not change from one translation to the next is the
 * same object: maps, messages and the virtual hosts within a route configuration.
 */
export type TranslatedResources = Readonly<Record<TranslatedType, ReadonlyMap<string, JsonObject>>>;

/** A `google.protobuf.Any`. */
export function typed(type: string, fields: JsonObject = {}): JsonObject {
  return { "@type": `type.googleapis.com/${type}`, ...fields };
}

/** A `google.protobuf.Duration` of milliseconds. */
export function duration(milliseconds: number): string {
  return `${milliseconds / 1000}s`;
}

/** An `envoy.config.core.v3.Address` of TCP. */
export function socketAddress(address: string, port: number): JsonObject {
  return { socket_address: { address: address.replace(/^\[|\]$/g, ""), port_value: port } };
}

/** Fields that are left out when their value is undefined. */
export function given(fields: { readonly [name: string]: JsonObject[string] | undefined }): JsonObject {
  const out: JsonObject = {};
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) out[name] = value;
  return out;
}

/** `ConfigSource`: over the stream that this resource came by. */
export const ADS: JsonObject = { ads: {}, resource_api_version: "V3" };

/** The name of the route configuration that all listeners share, and of the cluster of Sluice's own replicas. */
export const ROUTES: string = "sluice";
export const TIER: string = "sluice/tier";
