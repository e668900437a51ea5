import { isDeepStrictEqual } from "node:util";
import { labelOf, type Resource } from "../resource.ts";
import type { PieceCertificate } from "../translator.ts";
import { type Pieces, withFinding } from "./pieces.ts";

/** A certificate for one host; without a host for the names in it. */
interface Claim {
  readonly resource: Resource;
  readonly host: string | undefined;
  body: Omit<PieceCertificate, "hosts">;
}

const SETTINGS = ["clientCa", "clientAuth", "minVersion", "maxVersion", "ciphers"] as const;

/**
 * One certificate a host, that of the oldest Ingress which has one; what younger ones with the same host say of TLS, where it says nothing,
 * holds as well: who wants clients' certificates gets them.
 */
export function joinCertificates(pieces: Pieces): void {
  const claims = new Map<string, Claim>();
  const touched = new Set<Resource>();
  for (const [resource, { certificates = [] }] of pieces) {
    for (const certificate of certificates) {
      const { hosts, ...body } = certificate;
      for (const host of hosts ?? [undefined]) {
        const key = `${body.listeners.join(" ")} ${host ?? body.cert}`;
        const first = claims.get(key);
        if (first === undefined) claims.set(key, { resource, host, body });
        else {
          for (const one of [first.resource, resource]) touched.add(one);
          yielded(pieces, first, { resource, host, body });
        }
      }
    }
  }
  if (touched.size === 0) return;
  const byOwner = Map.groupBy(claims.values(), ({ resource }) => resource);
  for (const resource of touched) {
    const piece = pieces.get(resource);
    if (piece !== undefined) pieces.set(resource, { ...piece, certificates: together(byOwner.get(resource) ?? []) });
  }
}

function yielded(pieces: Pieces, first: Claim, second: Claim): void {
  for (const name of SETTINGS) {
    if (first.body[name] === undefined && second.body[name] !== undefined) {
      first.body = { ...first.body, [name]: second.body[name] };
    }
  }
  const same = first.body.cert === second.body.cert && SETTINGS.every((name) => agrees(first, second, name));
  const piece = pieces.get(second.resource);
  if (same || piece === undefined || first.resource === second.resource) return;
  const host = second.host ?? "the names in it";
  const message = `its TLS of ${host} does nothing: ${labelOf(first.resource)} is older and has another`;
  pieces.set(second.resource, withFinding(piece, "spec.tls", message));
}

function agrees(first: Claim, second: Claim, name: (typeof SETTINGS)[number]): boolean {
  return second.body[name] === undefined || isDeepStrictEqual(first.body[name], second.body[name]);
}

/** Hosts with the same certificate and settings in one entry again. */
function together(claims: readonly Claim[]): readonly PieceCertificate[] {
  const grouped = Map.groupBy(claims, ({ body, host }) => JSON.stringify([body, host === undefined]));
  return Array.from(grouped.values(), (group) => {
    const [{ body }] = group as [Claim, ...Claim[]];
    const hosts = group.flatMap(({ host }) => (host === undefined ? [] : [host]));
    return hosts.length === 0 ? body : { ...body, hosts };
  });
}
