import { CAPABILITIES } from "#src/core/capabilities.ts";
import type { Provider, ProviderDefinition, ProviderWorld } from "#src/core/provider.ts";
import { entries, isMapping, type Mapping } from "./check-values.ts";
import { checkValue } from "./issues.ts";
import { type ProviderEntry, providerEntry } from "./model/providers.ts";
import type { Path, Problem } from "./report.ts";

/** What shows only when a provider is made of its settings, which is done here and thrown away: the provider's type knows, not the schema. */

/** Nobody is asked for anything while a configuration is read. */
const NOWHERE: ProviderWorld = { fetch: () => Promise.reject(new Error("There is no network.")), now: () => 0 };

/**
 * What the types of providers refuse, and each `upstreamProtocol` that its provider does not speak. `config` is as written; entries with one
 * of the `problems` are left out: what is wrong with them is told already.
 */
export function writtenProviderProblems(
  config: unknown,
  definitions: readonly ProviderDefinition[],
  problems: readonly Problem[],
): Problem[] {
  if (!isMapping(config) || definitions.length === 0) return [];
  const wrong = new Set(problems.flatMap(({ path: [list, index] }) => (list === "providers" ? [index] : [])));
  const schema = providerEntry(definitions);
  return entries(config["providers"]).flatMap(([index, written]) => {
    const outcome = wrong.has(index) ? undefined : checkValue(schema, written);
    return outcome !== undefined && "data" in outcome
      ? providerProblems(outcome.data, definitions, ["providers", index], written)
      : [];
  });
}

/** The same of one provider, whose settings are `written` at `path`. */
export function providerProblems(
  entry: ProviderEntry,
  definitions: readonly ProviderDefinition[],
  path: Path,
  written: Mapping,
): Problem[] {
  const definition = definitions.find(({ type }) => type === entry.type);
  if (definition === undefined) return [];
  const { type, id = type, apiTokens, options, baseUrl } = entry;
  try {
    const settings = { id, type, apiTokens, options, ...(baseUrl === undefined ? {} : { baseUrl }) };
    return unspoken(entry, definition.configure(settings, NOWHERE), path);
  } catch (thrown) {
    return [refusal(thrown instanceof Error ? thrown.message : String(thrown), path, written)];
  }
}

function unspoken(
  { upstreamProtocol: wanted, capabilities = {} }: ProviderEntry,
  made: Provider,
  path: Path,
): Problem[] {
  const added = Object.keys(capabilities).flatMap((name) => CAPABILITIES.get(name)?.protocol ?? []);
  const spoken = [...new Set([...made.protocols, ...added])];
  if (wanted === undefined || spoken.includes(wanted)) return [];
  const message = `the provider does not speak ${wanted}`;
  return [{ path: [...path, "upstreamProtocol"], message, hint: `it speaks ${spoken.join(", ")}` }];
}

/** `setting says what: and why.`, or the setting's position in a list behind it. */
const SETTING = /^(\w+)(?:\[(\d+)\])? (.+)$/s;

/** What a type said, at the setting that it names when that was written; what stands behind its colon is a hint. */
function refusal(said: string, path: Path, written: Mapping): Problem {
  const [, setting = "", position, complaint = ""] = SETTING.exec(said) ?? [];
  const there = Object.hasOwn(written, setting);
  const text = (there ? complaint : said).replace(/\.$/, "");
  const [, message = text, hint] = /^(.+?)[:;] (.+)$/s.exec(text) ?? [];
  const place = there ? [...path, setting, ...(position === undefined ? [] : [Number(position)])] : path;
  return { path: place, message, ...(hint === undefined ? {} : { hint }) };
}
