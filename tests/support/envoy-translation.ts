import { stringify } from "yaml";
import { loadConfig } from "#config/parse.ts";
import type { Config } from "#config/model.ts";
import { Refusal } from "#src/control/envoy/refusal.ts";
import { Translator, type TranslatorOptions } from "#src/control/envoy/translator.ts";
import { registry } from "#src/registry.ts";

/** A configuration of the native form, defaults filled in. */
export function configOf(written: object): Config {
  const loaded = loadConfig(stringify(written), {
    definitions: registry.providers,
    plugins: registry.plugins,
    mcp: registry,
    file: "sluice.yaml",
    env: {},
    readFile: (path) => {
      throw new Error(`there is no file ${path}`);
    },
  });
  if (!loaded.ok) throw new Error(loaded.errors.map(({ path, message }) => `${path} ${message}`).join("\n"));
  return loaded.config;
}

/** A translator with all built-in plugins, and a tier of one replica. */
export function translatorOf(options: Partial<TranslatorOptions> = {}): Translator {
  return new Translator({
    builtIn: registry.plugins,
    wasmSource: () => new Refusal("no module is known"),
    tier: { endpoints: [{ host: "127.0.0.1", port: 9 }], protocol: "http" },
    virtualHosts: "rds",
    ...options,
  });
}
