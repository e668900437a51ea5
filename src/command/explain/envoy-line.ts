import type { Config } from "#config/model.ts";
import type { ModuleSource } from "#src/plugin-host/module-source.ts";
import { registry } from "#src/registry.ts";

/** Who answers a route for a host where Envoy stands before Sluice; nothing where it does not. */
export async function envoyLines(
  config: Config,
  { host, route }: { readonly host: string; readonly route: string },
  modules: ModuleSource | undefined,
): Promise<string[]> {
  if (!config.listeners.some(({ behindEnvoy }) => behindEnvoy === true) || modules === undefined) return [];
  const [{ EnvoyModules }, { Translator }, { coveringHosts }] = await Promise.all([
    import("../envoy-modules.ts"),
    import("#src/control/envoy/translator.ts"),
    import("#src/control/envoy/precedence.ts"),
  ]);
  const known = new EnvoyModules(modules);
  await known.prepare(config.plugins);
  const translator = new Translator({
    builtIn: registry.plugins,
    wasmSource: (entry) => known.sourceOf(entry),
    tier: { endpoints: [], protocol: "http" },
    virtualHosts: "rds",
  });
  const placements = translator.translate(config).placements();
  const hosts = new Set(placements.map((one) => one.host));
  const own = [host, ...coveringHosts(host)].find((one) => hosts.has(one));
  const placed = placements.find((one) => one.host === own && one.route === route);
  if (placed === undefined) return [];
  return [placed.why === undefined ? "  by Envoy itself" : `  by Sluice behind Envoy: ${placed.why}`];
}
