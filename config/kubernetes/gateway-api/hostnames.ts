/** Hostnames of listeners and routes: `a.example.com`, `*.example.com` for every name below, or `*` for all. */

const ANY = "*";

/** Whether every name that `inner` stands for is one of `outer`'s. */
export function covers(outer: string, inner: string): boolean {
  if (outer === ANY || outer === inner) return true;
  return outer.startsWith("*.") && inner !== ANY && inner.length >= outer.length && inner.endsWith(outer.slice(1));
}

/** Names that a route's hostname and a listener's both stand for; undefined: none. */
function intersection(one: string, other: string): string | undefined {
  if (covers(one, other)) return other;
  return covers(other, one) ? one : undefined;
}

/** What a route is asked for on a listener: its own hostnames as far as the listener has them; without any, the listener's. */
export function commonHosts(listener: string, hostnames: readonly string[]): readonly string[] {
  if (hostnames.length === 0) return [listener];
  const common = hostnames.map((hostname) => intersection(listener, hostname.toLowerCase()));
  return [...new Set(common.filter((host) => host !== undefined))];
}
