import { isDeepStrictEqual } from "node:util";
import { labelOf, type Resource } from "../resource.ts";
import type { Written } from "../translator.ts";
import type { Board } from "./board.ts";
import type { Pieces } from "./pieces.ts";
import { carriesSettings } from "./settled-services.ts";

/** A service as the oldest Ingress with settings for it has it. */
interface Settled {
  readonly resource: Resource;
  readonly service: Written;
}

/** One entry a service: of the Ingresses that set something of it, the oldest one's settings hold for all. */
export function joinServices(pieces: Pieces, board: Board, touched: readonly Resource[]): void {
  const settled = new Map<string, Settled>();
  for (const resource of touched) {
    if (board.claimsOf(resource).carried.length === 0) continue;
    for (const service of pieces.get(resource).services ?? []) {
      if (!carriesSettings.has(service)) continue;
      const name = String(service["name"]);
      const first = settled.get(name);
      if (first === undefined) settled.set(name, { resource, service });
      else if (!isDeepStrictEqual(first.service, service)) warn(pieces, resource, name, first);
    }
  }
  for (const [name, { service }] of settled) {
    for (const resource of board.services.of(name)) {
      const { services = [] } = pieces.get(resource);
      if (services.includes(service)) continue;
      pieces.change(resource, { services: services.map((one) => (one["name"] === name ? service : one)) });
    }
  }
}

function warn(pieces: Pieces, resource: Resource, name: string, { resource: owner }: Settled): void {
  const what = `what it says of the service ${name} does nothing`;
  pieces.warn(resource, "metadata.annotations", `${what}: ${labelOf(owner)} is older and says otherwise`);
}
