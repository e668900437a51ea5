import { entries, type Mapping, mapping } from "./check-values.ts";
import type { PemChecks } from "./pem.ts";
import type { Path, Problem } from "./report.ts";

/** A place of a configuration with a certificate: a pair, authorities, or both. */
interface Place {
  readonly path: Path;
  readonly written: Mapping;
}

/** Keys of authorities. */
const AUTHORITIES = ["ca", "clientCa", "caCertificate"];

/** What is wrong with the certificates that a configuration names. `pem` answers what a written value came to, as PEM text. */
export function certificateProblems(
  config: unknown,
  checks: PemChecks,
  pem: (written: string) => string | undefined,
): readonly Problem[] {
  return places(mapping(config)).flatMap(({ path, written }) => {
    const text = (key: string): string | undefined => {
      const value = written[key];
      return typeof value === "string" ? pem(value) : undefined;
    };
    const problems: Problem[] = AUTHORITIES.flatMap((key) => {
      const authorities = text(key);
      const message = authorities === undefined ? undefined : checks.authorities(authorities);
      return message === undefined ? [] : [{ path: [...path, key], message }];
    });
    const [cert, key] = [text("cert"), text("key")];
    const wrong = cert === undefined || key === undefined ? undefined : checks.pair(cert, key);
    if (wrong !== undefined) problems.push({ path: [...path, wrong.part], message: wrong.message });
    return problems;
  });
}

/** Every place of a configuration that names PEM files. */
export function places(config: Mapping): readonly Place[] {
  const certificates = entries(config["listeners"]).flatMap(([index, listener]) =>
    entries(mapping(listener["tls"])["certificates"]).map(([at, written]) => ({
      path: ["listeners", index, "tls", "certificates", at],
      written,
    })),
  );
  const services = entries(config["services"]).map(([index, service]) => ({
    path: ["services", index, "tls"],
    written: mapping(service["tls"]),
  }));
  return [
    { path: ["acme"], written: mapping(config["acme"]) },
    ...certificates,
    ...services,
    { path: ["xds", "tls"], written: mapping(mapping(config["xds"])["tls"]) },
  ];
}
