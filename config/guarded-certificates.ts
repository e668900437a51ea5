import type { Certificate, TlsSettings } from "#src/core/host.ts";
import { namesIn } from "./pem.ts";

/**
 * Certificates with what is asked of clients of some hosts, whatever certificate these are shown: those that fit such a host are there once
 * more, for it alone. What a certificate asks itself counts before.
 */
export function guarded(
  certificates: readonly Certificate[],
  asked: Readonly<Record<string, TlsSettings>> = {},
): readonly Certificate[] {
  const hosts = Object.keys(asked);
  if (hosts.length === 0 || certificates.length === 0) return certificates;
  const named = certificates.map((certificate) => ({ certificate, names: namesOf(certificate) }));
  const guards = hosts.flatMap((host) =>
    fitting(host, named).map(({ certificate }) => Object.assign({}, asked[host], certificate, { hosts: [host] })),
  );
  const isOthers = named.some(({ names }) => names.includes("*"));
  const rest = named.flatMap(({ certificate, names }, index): readonly Certificate[] => {
    const others = names.filter((name) => !hosts.includes(name));
    if (others.length === names.length) return [certificate];
    if (others.length > 0) return [{ ...certificate, hosts: others }];
    // The first one is for all other names, too.
    return index === 0 && !isOthers ? [{ ...certificate, hosts: ["*"] }] : [];
  });
  return [...rest, ...guards];
}

interface Named {
  readonly certificate: Certificate;
  readonly names: readonly string[];
}

/** What a host is shown: certificates of its name, of a wildcard, or that of all others. */
function fitting(host: string, all: readonly Named[]): readonly Named[] {
  const having = (name: string): readonly Named[] => all.filter(({ names }) => names.includes(name));
  const wildcard = host.replace(/^[^.*]+/, "*");
  const found = [host, wildcard, "*"].map(having).find((some) => some.length > 0);
  return found ?? all.slice(0, 1);
}

const known = new WeakMap<Certificate, readonly string[]>();

function namesOf(certificate: Certificate): readonly string[] {
  let names = known.get(certificate);
  if (names === undefined) {
    names = certificate.hosts?.map((host) => host.toLowerCase()) ?? namesIn(certificate.cert);
    known.set(certificate, names);
  }
  return names;
}
