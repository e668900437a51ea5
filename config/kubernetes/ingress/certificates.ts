import { entries, type Mapping, mapping, strings } from "../../check-values.ts";
import { domainCertificate } from "../domain-certificate.ts";
import { type KeyPair, tlsSecret } from "../secret.ts";
import type { PieceCertificate } from "../translator.ts";
import { ruleHosts } from "./rules.ts";
import type { IngressScope } from "./scope.ts";
import { type TlsSettings, tlsSettings } from "./tls-settings.ts";

/** What a host is shown. */
interface Shown {
  readonly host: string;
  /** Left out: it has none of its own, or one that is got by ACME. */
  readonly pair?: KeyPair;
}

/**
 * `spec.tls`, with `auth-tls-secret`, `ssl-cipher` and `tls-{min,max}-protocol-version`. As in Higress, hosts of rules that no block names a
 * Secret for get the certificate that the ConfigMap `higress-https` has for them, and with `fallbackForInvalidSecret` also those whose
 * Secret cannot be used. What is asked of clients holds whatever certificate a host is shown.
 */
export function certificatesOf(scope: IngressScope): readonly PieceCertificate[] {
  const { resource, found, options } = scope;
  const blocks = entries(mapping(resource["spec"])["tls"]);
  const { httpsListener } = options;
  if (httpsListener === undefined) {
    if (blocks.length > 0)
      found.warning("spec.tls", "there is no listener with TLS here", "give the configuration one");
    return [];
  }
  const listeners = [httpsListener];
  const settings = tlsSettings(scope);
  const asks = Object.keys(settings).length > 0;
  if (blocks.length === 0 && !asks) return [];
  const byHost = new Map<string, Shown>();
  const hostless = blocks.flatMap(([index, block]) => {
    const { pair, hosts } = readBlock(scope, `spec.tls[${index}]`, block, byHost);
    for (const shown of hosts) byHost.set(shown.host, shown);
    return pair === undefined ? [] : [{ listeners, ...pair, ...settings }];
  });
  for (const host of ruleHosts(resource)) {
    if (byHost.has(host)) continue;
    byHost.set(host, blocks.length === 0 ? { host } : fromDomains(scope, host));
  }
  const named = [...Map.groupBy(byHost.values(), ({ pair }) => pair)].flatMap(([pair, all]): PieceCertificate[] => {
    const hosts = all.map(({ host }) => host).filter((host) => pair !== undefined || isGuarded(scope, host, settings));
    const says = hosts.length > 0 && (pair !== undefined || asks);
    return says ? [{ listeners, hosts, ...pair, ...settings }] : [];
  });
  return [...hostless, ...named];
}

interface Block {
  /** Of a block without hosts: it is for the names in it. */
  readonly pair?: KeyPair;
  readonly hosts: readonly Shown[];
}

function readBlock(
  scope: IngressScope,
  field: string,
  { hosts, secretName }: Mapping,
  taken: ReadonlyMap<string, unknown>,
): Block {
  const { found, lookup, namespace } = scope;
  const names = namesOf(scope, `${field}.hosts`, hosts, taken);
  // Without a Secret the listener shows what it has.
  if (typeof secretName !== "string" || secretName === "")
    return { hosts: names.map((host) => fromDomains(scope, host)) };
  const pair = tlsSecret(lookup, namespace, secretName);
  if (!("problem" in pair))
    return strings(hosts).length === 0 ? { pair, hosts: [] } : { hosts: names.map((host) => ({ host, pair })) };
  const https = scope.domains.of(lookup, scope.options);
  if (https?.fallbackForInvalidSecret !== true || names.length === 0) {
    found.error(`${field}.secretName`, pair.problem, pair.hint);
    return { hosts: names.map((host) => ({ host })) };
  }
  const without = names.filter((host) => domainCertificate(host, https, lookup, scope.options) === undefined);
  if (without.length === 0) found.warning(`${field}.secretName`, `${pair.problem}: that of higress-https is shown`);
  else {
    const message = `${pair.problem}, and higress-https has none for ${without.join(", ")}`;
    found.error(`${field}.secretName`, message, pair.hint);
  }
  return { hosts: names.map((host) => fromDomains(scope, host)) };
}

/** The hosts of a block, without those that are in another one already. */
function namesOf(
  { found }: IngressScope,
  field: string,
  hosts: unknown,
  taken: ReadonlyMap<string, unknown>,
): readonly string[] {
  return [...new Set(strings(hosts).map(([, host]) => host.toLowerCase()))].filter((host) => {
    if (!taken.has(host)) return true;
    found.warning(field, `does nothing for ${host}, which is in another block already`);
    return false;
  });
}

/** The certificate that `higress-https` has for a host; none where it is got by ACME, as the listener shows that by itself. */
function fromDomains({ found, lookup, options, domains }: IngressScope, host: string): Shown {
  const pair = domainCertificate(host, domains.of(lookup, options), lookup, options);
  if (pair === undefined || pair === "auto") return { host };
  if (!("problem" in pair)) return { host, pair };
  found.error("spec.tls", `the certificate of ${host} in higress-https cannot be used: ${pair.problem}`, pair.hint);
  return { host };
}

/** Whether what is asked of clients can hold for a host without a certificate of its own: that of all others is not one Ingress' to guard. */
function isGuarded({ annotations }: IngressScope, host: string, { clientCa }: TlsSettings): boolean {
  if (host !== "*") return true;
  if (clientCa !== undefined)
    annotations.warning(
      "auth-tls-secret",
      "does not hold for the rule without a host: it has no certificate of its own",
    );
  return false;
}
