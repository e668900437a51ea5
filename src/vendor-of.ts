import type { Config } from "#config/model.ts";
import type { ProviderDefinition } from "./core/provider.ts";

/** OpenTelemetry's `gen_ai.provider.name` of a configured provider. */
export function vendorOf({ providers }: Config, definitions: readonly ProviderDefinition[], id: string): string {
  const type = providers.find((provider) => provider.id === id)?.type ?? id;
  return definitions.find((definition) => definition.type === type)?.vendor ?? type;
}
