/**
 * Vendors' seals (signatures, encrypted reasoning) on their way through another protocol's client. There a seal is wrapped: base64 that
 * begins, once decoded, with `sluice:<protocol>:`, so that every protocol's field for seals can hold it, and any replica can tell whose
 * it is when the client sends it back.
 */
import { PROTOCOLS, UPSTREAM_PROTOCOLS, type ProtocolName } from "../core/protocol.ts";

const MARK = "sluice:";
/** How every wrapped seal begins: the base64 of the mark's first six characters, two whole groups. */
const BEGIN = btoa(MARK.slice(0, 6));
const NAMES: ReadonlySet<string> = new Set([...PROTOCOLS, ...UPSTREAM_PROTOCOLS]);

/** A seal and whose it is. */
export interface Seal {
  readonly sealedBy: ProtocolName;
  readonly value: string;
}

/** The seal as an answer in the protocol `own` carries it: as it is when it is that protocol's own, else wrapped. */
export function wrapSeal(own: ProtocolName, sealedBy: ProtocolName, value: string): string {
  if (own === sealedBy) return value;
  let binary = "";
  for (const byte of new TextEncoder().encode(`${MARK}${sealedBy}:${value}`)) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/** The inverse of {@link wrapSeal}; what it did not wrap is a seal of `own`. */
export function readSeal(own: ProtocolName, value: string): Seal {
  return (value.startsWith(BEGIN) ? unwrapped(value) : undefined) ?? { sealedBy: own, value };
}

function unwrapped(value: string): Seal | undefined {
  const text = decoded(value);
  if (text === undefined || !text.startsWith(MARK)) return undefined;
  const end = text.indexOf(":", MARK.length);
  const name = text.slice(MARK.length, end);
  return end > 0 && isProtocol(name) ? { sealedBy: name, value: text.slice(end + 1) } : undefined;
}

function isProtocol(name: string): name is ProtocolName {
  return NAMES.has(name);
}

function decoded(value: string): string | undefined {
  try {
    const bytes = Uint8Array.from(atob(value), (char) => char.charCodeAt(0));
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
