import type { McpKind } from "#src/core/mcp/kind.ts";
import { type ModuleSettings, moduleSettings } from "./settings.ts";

/** Servers written with the SDK: `module`. */
export const moduleKind: McpKind<ModuleSettings> = {
  kind: "module",
  schema: moduleSettings,
  async create(name, settings, world) {
    // Files and modules are what not every host has.
    const { createModuleServer } = await import("./create.ts");
    return createModuleServer(name, settings, world);
  },
};
