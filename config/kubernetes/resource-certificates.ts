import type { CertificateConfig, Config } from "../model.ts";
import type { ResourceFinding } from "./checked-entries.ts";
import type { Merged } from "./merge.ts";

/** The configuration with the certificates of objects on its listeners. Listeners for TLS that nobody has a certificate for are not opened. */
export function withCertificates(config: Config, merged: Merged, found: (finding: ResourceFinding) => void): Config {
  const byListener = new Map<string, CertificateConfig[]>();
  const names = new Set(config.listeners.map(({ name }) => name));
  for (const { certificate, from: resource } of merged.certificates) {
    const { listeners, ...shown } = certificate;
    for (const name of listeners) {
      if (!names.has(name)) {
        const message = `its certificate is for the listener ${name}, which is not there`;
        found({
          resource,
          field: "",
          severity: "warning",
          message,
          hint: "give the configuration a listener with tls",
        });
      }
      const list = byListener.get(name);
      if (list === undefined) byListener.set(name, [shown]);
      else list.push(shown);
    }
  }
  const listeners = config.listeners.flatMap((listener) => {
    const certificates = byListener.get(listener.name);
    if (certificates === undefined) return isEmpty(listener) ? [] : [listener];
    const own = listener.tls !== undefined && "certificates" in listener.tls ? listener.tls.certificates : [];
    return [{ ...listener, tls: { ...listener.tls, certificates: [...own, ...certificates] } }];
  });
  return { ...config, listeners };
}

function isEmpty({ tls }: Config["listeners"][number]): boolean {
  return tls !== undefined && "certificates" in tls && tls.certificates.length === 0;
}
