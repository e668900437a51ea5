import { join } from "node:path";
import { pluginContract } from "#tests/contracts/plugin.ts";

const file = join(import.meta.dir, "../contracts/guests/native.ts");
for (const runtime of ["bun", "deno"] as const) {
  pluginContract({ name: "TypeScript", build: async () => file }, runtime);
}
