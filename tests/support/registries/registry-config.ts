import { registry, type RegistryConfig, type RegistryType } from "#config/model/registries.ts";

/** An entry of `registries`, defaults filled in. */
export function registryConfig(type: RegistryType, written: Readonly<Record<string, unknown>>): RegistryConfig {
  return registry.parse({ type, name: "test", domain: "127.0.0.1", port: 1, ...written });
}
