import { isDeepStrictEqual } from "node:util";
import { labelOf, type Resource } from "../resource.ts";
import type { PieceCertificate } from "../translator.ts";
import type { Board } from "./board.ts";
import { hostKey } from "./host-keys.ts";
import type { Pieces } from "./pieces.ts";

/** A certificate for one host; without a host for the names in it. */
interface Shown {
  readonly key: string;
  readonly host: string | undefined;
  readonly body: Omit<PieceCertificate, "hosts">;
}

const SETTINGS = ["clientCa", "clientAuth", "minVersion", "maxVersion", "ciphers"] as const;

/**
 * One certificate a host, that of the oldest Ingress which has one; what younger ones with the same host say of TLS, where it says nothing,
 * holds as well: who wants clients' certificates gets them.
 */
export function joinCertificates(pieces: Pieces, board: Board, touched: readonly Resource[]): void {
  const apart = new Map<Resource, Shown[]>();
  const shownBy = (resource: Resource): Shown[] => {
    let shown = apart.get(resource);
    if (shown === undefined) apart.set(resource, (shown = (pieces.get(resource).certificates ?? []).flatMap(taken)));
    return shown;
  };
  for (const [key, [owner, ...others]] of board.contested("hosts", touched)) {
    if (owner === undefined) continue;
    const own = shownBy(owner);
    for (const resource of others) {
      const place = own.findIndex((one) => one.key === key);
      const [first, second] = [own[place], shownBy(resource).find((one) => one.key === key)];
      if (first === undefined || second === undefined) continue;
      own[place] = { ...first, body: { ...second.body, ...first.body } };
      shownBy(resource).splice(shownBy(resource).indexOf(second), 1);
      if (!agree(first, second)) warn(pieces, resource, owner, second);
    }
  }
  for (const [resource, shown] of apart) pieces.change(resource, { certificates: together(shown) });
}

/** A certificate taken apart, host by host. */
function taken({ hosts, ...body }: PieceCertificate): readonly Shown[] {
  if (hosts === undefined) return [{ key: hostKey(body.listeners, body.cert ?? ""), host: undefined, body }];
  return hosts.map((host) => ({ key: hostKey(body.listeners, host), host, body }));
}

/** Whether the second says nothing that the first has otherwise. */
function agree({ body: first }: Shown, { body: second }: Shown): boolean {
  const same = (name: (typeof SETTINGS)[number]): boolean =>
    first[name] === undefined || second[name] === undefined || isDeepStrictEqual(first[name], second[name]);
  const sameCertificate = first.cert === undefined || second.cert === undefined || first.cert === second.cert;
  return sameCertificate && SETTINGS.every(same);
}

function warn(pieces: Pieces, resource: Resource, owner: Resource, { host = "the names in it" }: Shown): void {
  pieces.warn(resource, "spec.tls", `its TLS of ${host} does nothing: ${labelOf(owner)} is older and has another`);
}

/** Hosts with the same certificate and settings in one entry again. */
function together(shown: readonly Shown[]): readonly PieceCertificate[] {
  const grouped = Map.groupBy(shown, ({ body, host }) => JSON.stringify([body, host === undefined]));
  return Array.from(grouped.values(), (group) => {
    const [{ body }] = group as [Shown, ...Shown[]];
    const hosts = group.flatMap(({ host }) => (host === undefined ? [] : [host]));
    return hosts.length === 0 ? body : { ...body, hosts };
  });
}
