import { isDeepStrictEqual } from "node:util";
import { labelOf, type Resource } from "../resource.ts";
import type { Written } from "../translator.ts";
import { type Pieces, withFinding } from "./pieces.ts";
import { carriesSettings } from "./settled-services.ts";

/** A service as the oldest Ingress with settings for it has it. */
interface Settled {
  readonly resource: Resource;
  readonly service: Written;
}

/** One entry a service: of the Ingresses that set something of it, the oldest one's settings hold for all. */
export function joinServices(pieces: Pieces): void {
  const settled = new Map<unknown, Settled>();
  for (const [resource, { services = [] }] of pieces) {
    for (const service of services) {
      if (!carriesSettings.has(service)) continue;
      const first = settled.get(service["name"]);
      if (first === undefined) settled.set(service["name"], { resource, service });
      else if (!isDeepStrictEqual(first.service, service)) warn(pieces, resource, first);
    }
  }
  if (settled.size === 0) return;
  for (const [resource, piece] of pieces) {
    const { services = [] } = piece;
    if (!services.some((service) => differs(service, settled))) continue;
    const changed = services.map((service) => settled.get(service["name"])?.service ?? service);
    pieces.set(resource, { ...piece, services: changed });
  }
}

function differs(service: Written, settled: ReadonlyMap<unknown, Settled>): boolean {
  const first = settled.get(service["name"]);
  return first !== undefined && first.service !== service;
}

function warn(pieces: Pieces, resource: Resource, { resource: owner, service }: Settled): void {
  const piece = pieces.get(resource);
  if (piece === undefined) return;
  const message = `what it says of the service ${String(service["name"])} does nothing: ${labelOf(owner)} is older and says otherwise`;
  pieces.set(resource, withFinding(piece, "metadata.annotations", message));
}
