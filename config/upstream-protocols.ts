import { CAPABILITIES } from "#src/core/capabilities.ts";
import type { ProtocolName } from "#src/core/protocol.ts";
import type { ProviderDefinition, ProviderWorld } from "#src/core/provider.ts";
import type { Config, ProviderConfig } from "./model.ts";
import type { Problem } from "./report.ts";

/** Nobody is asked for anything while a configuration is read. */
const NOWHERE: ProviderWorld = { fetch: () => Promise.reject(new Error("There is no network.")), now: () => 0 };

/** Each `upstreamProtocol` that its provider does not speak. What a provider speaks depends on its settings, so it is made to be asked. */
export function upstreamProtocolProblems(config: Config, definitions: readonly ProviderDefinition[]): Problem[] {
  return config.providers.flatMap((provider, index): Problem[] => {
    const { upstreamProtocol: wanted } = provider;
    const spoken = wanted === undefined ? undefined : spokenBy(provider, definitions);
    if (wanted === undefined || spoken === undefined || spoken.includes(wanted)) return [];
    const path = ["providers", index, "upstreamProtocol"];
    return [{ path, message: `the provider does not speak ${wanted}`, hint: `it speaks ${spoken.join(", ")}` }];
  });
}

/** Undefined when the provider cannot be made: what is wrong with it is told elsewhere. */
function spokenBy(
  { id, type, apiTokens, options, baseUrl, capabilities = {} }: ProviderConfig,
  definitions: readonly ProviderDefinition[],
): readonly ProtocolName[] | undefined {
  const definition = definitions.find((candidate) => candidate.type === type);
  const settings = { id, type, apiTokens, options, ...(baseUrl === undefined ? {} : { baseUrl }) };
  try {
    const added = Object.keys(capabilities).flatMap((name) => CAPABILITIES.get(name)?.protocol ?? []);
    return definition && [...new Set([...definition.configure(settings, NOWHERE).protocols, ...added])];
  } catch {
    return undefined;
  }
}
