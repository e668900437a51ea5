import type { RegistryConfig } from "../model/registries.ts";

/** The registry's host and port as in a URL. */
export function hostAndPort({ domain, port }: Pick<RegistryConfig, "domain" | "port">): string {
  return `${domain.includes(":") && !domain.startsWith("[") ? `[${domain}]` : domain}:${port}`;
}
