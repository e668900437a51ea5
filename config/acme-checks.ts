import { type Add, entries, type Mapping, mapping, strings } from "./check-values.ts";

/** Challenges that names and `acme.challenges` need of each other. */
export function acmeChallenges(config: Mapping, add: Add): void {
  const acme = mapping(config["acme"]);
  const written = strings(acme["challenges"]);
  const byDns = written.find(([, type]) => type === "dns-01");
  if (byDns !== undefined && acme["dns"] === undefined)
    add(["acme", "challenges", byDns[0]], "needs acme.dns", "as in dns: { command: [./set-txt-record] }");
  for (const [index, listener] of entries(config["listeners"])) {
    for (const [at, name] of strings(mapping(listener["tls"])["auto"])) {
      if (!name.startsWith("*.") || byDns !== undefined) continue;
      const path = ["listeners", index, "tls", "auto", at];
      add(path, "is a wildcard, which authorities check by dns-01 alone", "acme: { challenges: [dns-01], dns: { … } }");
    }
  }
}
