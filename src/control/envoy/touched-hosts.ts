import type { RouteConfig } from "#config/model.ts";
import { coveringHosts } from "./precedence.ts";
import type { RouteWorld } from "./route.ts";
import type { TierEntry } from "./tier-paths.ts";

/** A route, or a path that Sluice answers without one. */
export type Entry = RouteConfig | TierEntry;

/** What virtual hosts are made of. */
export interface RoutesMade {
  readonly entries: readonly Entry[];
  readonly world: RouteWorld;
}

/** The host patterns, of those that `known` has and of new ones, whose virtual hosts may be others than before; undefined: any. */
export function touchedHosts(
  before: RoutesMade,
  after: RoutesMade,
  known: Iterable<string>,
): ReadonlySet<string> | undefined {
  const isTouched = touchedAt(before.world, after.world);
  if (isTouched === undefined) return undefined;
  const touched = new Set(changedEntries(before.entries, after.entries).flatMap(({ match }) => match.hosts));
  if (isTouched !== NOWHERE) {
    for (const entry of after.entries) {
      for (const host of entry.match.hosts) if (isTouched(entry, host)) touched.add(host);
    }
  }
  // What is said for a pattern is said in the narrower ones' virtual hosts, too.
  const wide = new Set([...touched].filter((host) => host.startsWith("*")));
  if (wide.size === 0) return touched;
  for (const host of known) if (coveringHosts(host).some((wider) => wide.has(wider))) touched.add(host);
  return touched;
}

type IsTouched = (entry: Entry, host: string) => boolean;

const NOWHERE: IsTouched = () => false;

/** Where routes are made otherwise although they are the same; undefined: anywhere. */
function touchedAt(before: RouteWorld, after: RouteWorld): IsTouched | undefined {
  if (before.timeout !== after.timeout) return undefined;
  const services = changedServices(before, after);
  if (before.plugins === after.plugins && services.size === 0) return NOWHERE;
  const differs = after.plugins.differs(before.plugins);
  if (differs === undefined) return undefined;
  return (entry, host) => {
    if ("why" in entry) return false;
    return entry.http?.services.some(({ name }) => services.has(name)) === true || differs(entry, host);
  };
}

/** The services of which routes say something else now. */
function changedServices({ services: before }: RouteWorld, { services: after }: RouteWorld): ReadonlySet<string> {
  const changed = new Set([...before.keys()].filter((name) => !after.has(name)));
  for (const [name, service] of after) {
    const known = before.get(name);
    if (known === service) continue;
    if (known?.protocol !== service.protocol || known.hash !== service.hash) changed.add(name);
  }
  return changed;
}

/** What is only in one of two lists; of what stands in another order, all that may have moved. */
function changedEntries(before: readonly Entry[], after: readonly Entry[]): readonly Entry[] {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start++;
  let end = 0;
  while (end < shorter - start && before.at(-1 - end) === after.at(-1 - end)) end++;
  const gone = before.slice(start, before.length - end);
  const come = after.slice(start, after.length - end);
  const [old, now] = [new Set(gone), new Set(come)];
  const inOrder = isSame(
    gone.filter((entry) => now.has(entry)),
    come.filter((entry) => old.has(entry)),
  );
  if (!inOrder) return [...gone, ...come];
  return [...gone.filter((entry) => !now.has(entry)), ...come.filter((entry) => !old.has(entry))];
}

/** Whether two lists have the same elements. */
export function isSame(before: readonly unknown[], after: readonly unknown[]): boolean {
  return before.length === after.length && after.every((one, index) => before[index] === one);
}
