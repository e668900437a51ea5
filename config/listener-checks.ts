import { type Add, type CheckScope, entries, isMapping, type Mapping, mapping, unknownName } from "./check-values.ts";

/** A listener's name as written, or as it is without one; undefined where it cannot be told. */
function nameOf({ name, port, tls }: Mapping): string | undefined {
  if (name !== undefined) return typeof name === "string" ? name : undefined;
  return typeof port === "number" || typeof port === "string"
    ? `${tls === undefined ? "http" : "https"}-${port}`
    : undefined;
}

/** Listeners of which one at least was given a name that the other has too. Two on one port of several hosts may go without. */
export function listenerNames(config: Mapping, add: Add, scope: CheckScope): void {
  const seen = new Map<string, { readonly index: number; readonly written: boolean }>();
  for (const [index, listener] of entries(config["listeners"])) {
    const name = nameOf(listener);
    if (name === undefined) continue;
    const written = listener["name"] !== undefined;
    const first = seen.get(name);
    const path = ["listeners", index, ...(written ? ["name"] : [])];
    if (first === undefined) seen.set(name, { index, written });
    else if (written || first.written)
      add(path, `listeners[${first.index}] has the name ${scope.show(path, name)} already`);
  }
}

/** Names of listeners that routes are for. */
export function listenerReferences(config: Mapping, add: Add, scope: CheckScope): void {
  const written = config["listeners"];
  const listeners = written === undefined ? [{ port: 8080 }] : entries(written).map(([, one]) => one);
  const known = new Set(listeners.flatMap((one) => nameOf(one) ?? []));
  const check = (names: unknown, place: readonly (string | number)[]): void => {
    const list: readonly unknown[] = Array.isArray(names) ? names : [names];
    for (const [at, name] of list.entries()) {
      if (typeof name !== "string" || known.has(name)) continue;
      const path = [...place, ...(Array.isArray(names) ? [at] : [])];
      add(path, ...unknownName("listener", scope.show(path, name), name, [...known]));
    }
  };
  if (Array.isArray(written) && !written.every(isMapping)) return;
  for (const [index, route] of entries(config["routes"]))
    check(mapping(route["match"])["listeners"], ["routes", index, "match", "listeners"]);
  for (const [index, route] of entries(config["tcpRoutes"]))
    check(route["listeners"], ["tcpRoutes", index, "listeners"]);
}
