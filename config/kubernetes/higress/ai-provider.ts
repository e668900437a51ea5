import type { ProviderDefinition } from "#src/core/provider.ts";
import { isMapping, type Mapping } from "../../check-values.ts";
import { checkValue } from "../../issues.ts";
import { providerEntry } from "../../model/providers.ts";
import { formatPath, type Path, type Problem } from "../../report.ts";
import type { Finding, Written } from "../translator.ts";

/** A provider of ai-proxy: the gateway has Higress' names for its fields. */
export interface ProviderSource {
  readonly id: string;
  /** An entry of `providers`, without its id. */
  readonly settings: Written;
  /** Settings that change from server to server, where it names several: each gets its share. */
  readonly servers?: readonly Written[];
}

/** The fields that a provider of ai-proxy has here; undefined when it cannot be used. What is wrong is told. */
export function readProvider(
  written: Mapping,
  path: Path,
  definitions: readonly ProviderDefinition[],
  findings: Finding[],
): ProviderSource | undefined {
  const schema = providerEntry(definitions);
  const { id: named, ...fields } = renamed(withoutNothing(written));
  const id = providerId(named ?? fields["type"]);
  const problemsOf = (settings: Mapping): readonly Problem[] => {
    const outcome = checkValue(schema, { ...settings, id });
    return "problems" in outcome ? outcome.problems : [];
  };
  const servers = serversOf(fields);
  const unknown = new Set(
    problemsOf(fields).flatMap(({ path: place, atKey }) => (atKey === true && place.length === 1 ? place : [])),
  );
  for (const key of unknown) {
    if (typeof key === "string" && EXTRA_URLS.test(key)) continue;
    findings.push({ field: formatPath([...path, key]), message: "does nothing here", severity: "warning" });
  }
  const settings = Object.fromEntries(Object.entries(fields).filter(([key]) => !unknown.has(key)));
  const problems = problemsOf(settings);
  for (const { path: place, message, hint } of problems) {
    const field = formatPath([...path, ...place]);
    findings.push({ field, message, severity: "error", ...(hint === undefined ? {} : { hint }) });
  }
  return problems.length > 0 ? undefined : { id, settings, ...(servers.length < 2 ? {} : { servers }) };
}

/** Higress' console writes the URLs behind the first one here. */
const EXTRA_URLS = /ExtraCustomUrls$/;

function serversOf(fields: Mapping): readonly Written[] {
  const [extra, urls] = Object.entries(fields).find(([key]) => EXTRA_URLS.test(key)) ?? [];
  if (extra === undefined || !Array.isArray(urls)) return [];
  const key = extra.replace(EXTRA_URLS, "CustomUrl");
  return [fields[key], ...urls].filter((url) => typeof url === "string").map((url) => ({ [key]: url }));
}

/** Higress takes any text for an id. */
function providerId(written: unknown): string {
  const id = typeof written === "string" ? written.replaceAll(/[^\w.:@-]/g, "-").slice(0, 60) : "";
  return id === "" ? "provider" : id;
}

/** A field that Higress' documentation names otherwise than its code, and a port that its console keeps as text. */
function renamed({ subPath, ...written }: Mapping): Mapping {
  const port = written["ollamaServerPort"];
  return {
    ...written,
    ...(subPath === undefined || written["basePath"] !== undefined ? {} : { basePath: subPath }),
    ...(typeof port === "string" && /^\d+$/.test(port) ? { ollamaServerPort: Number(port) } : {}),
  };
}

/** Without keys that have no value: Higress' console writes them. */
function withoutNothing(value: Mapping): Mapping {
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, one]) => one !== null && one !== undefined)
      .map(([key, one]) => [key, isMapping(one) ? withoutNothing(one) : one]),
  );
}
