/**
 * Installs what a fresh clone lacks, and does nothing, in a few milliseconds, when nothing is lacking. Runs before anything is installed,
 * so it imports only what Bun brings along.
 *
 *     bun scripts/setup.ts         what the gateway needs
 *     bun scripts/setup.ts --all   the tools of `bun run check` as well
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

type Extent = "gateway" | "all";

/** What only some configurations need, and is large, is left out: who needs it is told to run `bun install`. */
const LEAN = ["--production", "--omit=optional"];

const ROOT = join(import.meta.dir, "..");
const MODULES = join(ROOT, "node_modules");
/** Holds the extent of the last set-up and the hash of the lock file it followed. */
const STAMP = join(MODULES, ".sluice-setup");

const wanted: Extent = process.argv.includes("--all") ? "all" : "gateway";
const lock = Bun.hash(readFileSync(join(ROOT, "bun.lock"))).toString(16);

if (!isSetUp()) install(extentToInstall());

function isSetUp(): boolean {
  if (!existsSync(STAMP)) return false;
  const [extent, followed] = readFileSync(STAMP, "utf8").split(" ");
  return followed === lock && (extent === "all" || extent === wanted);
}

/** Where the tools are installed already, an installation of the gateway's packages alone would take them away. */
function extentToInstall(): Extent {
  return existsSync(join(MODULES, "typescript")) ? "all" : wanted;
}

function install(extent: Extent): void {
  console.error(`sluice: installing ${extent === "all" ? "all packages" : "the gateway's packages"}, once …`);
  // `bun` itself need not be on the PATH: npx runs it from its own cache.
  const command = [process.execPath, "install", "--frozen-lockfile", ...(extent === "all" ? [] : LEAN)];
  const { exitCode, stderr } = Bun.spawnSync(command, { cwd: ROOT, stdout: "ignore", stderr: "pipe" });
  if (exitCode === 0) {
    writeFileSync(STAMP, `${extent} ${lock}`);
    return;
  }
  console.error(stderr.toString().trim().split("\n")[0]);
  console.error(
    "sluice: the packages could not be installed. Is the npm registry reachable? Behind a proxy set HTTPS_PROXY; " +
      "for a registry of your own set NPM_CONFIG_REGISTRY. Then run the same command again.",
  );
  process.exit(1);
}
