/** What scripts/setup.ts is for Bun: installs the gateway's packages for Deno when there are none. Runs before anything is installed. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import process from "node:process";

const ROOT = new URL("..", import.meta.url);

if (!existsSync(new URL("node_modules/hono", ROOT))) {
  console.error("sluice: installing the gateway's packages, once …");
  const { status } = spawnSync(process.execPath, ["install", "--prod", "--quiet"], { cwd: ROOT, stdio: "inherit" });
  if (status !== 0) {
    console.error(
      "sluice: the packages could not be installed. Is the npm registry reachable? Then run the same command again.",
    );
    process.exit(1);
  }
}
