import type { ServiceProtocol } from "../model/services.ts";

/**
 * What registries, and Higress' `protocol`, call protocols. Dubbo's own protocol is no HTTP: such services are there for what speaks it.
 */
const PROTOCOLS: ReadonlyMap<string, ServiceProtocol> = new Map([
  ["http", "http"],
  ["https", "https"],
  ["http2", "h2c"],
  ["h2c", "h2c"],
  ["h2", "h2"],
  ["grpc", "grpc"],
  ["grpcs", "grpcs"],
  ["tri", "grpc"],
  ["tcp", "tcp"],
  ["dubbo", "tcp"],
]);

/** The names that are understood, for errors. */
export const PROTOCOL_NAMES: readonly string[] = [...PROTOCOLS.keys()];

/** Undefined for what is not understood. In capitals or not. */
export function readProtocol(written: string): ServiceProtocol | undefined {
  return PROTOCOLS.get(written.toLowerCase());
}

/** Protocols over TLS. */
export function isOverTls(protocol: ServiceProtocol): boolean {
  return protocol === "https" || protocol === "h2" || protocol === "grpcs";
}
