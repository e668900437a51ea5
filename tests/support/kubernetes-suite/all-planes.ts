import { describe, test } from "bun:test";
import { fileURLToPath } from "node:url";
import { envoyMissing } from "../envoy.ts";
import { envoyPlane } from "./envoy-plane.ts";
import { runSuite, type Servers } from "./run-suite.ts";
import { sluicePlane } from "./sluice-plane.ts";

/**
 * Runs all cases of a folder on Sluice's own data plane, run by Bun and by Deno, and on a real Envoy with Sluice behind it, with the same
 * expectations.
 */
export function onAllPlanes(folder: URL, startServers?: () => Promise<Servers>): void {
  const cases = fileURLToPath(folder);
  runSuite(cases, sluicePlane(), startServers);
  runSuite(cases, sluicePlane("deno"), startServers);
  if (envoyMissing === undefined) runSuite(cases, envoyPlane, startServers);
  else describe("on Envoy", () => test.skip(envoyMissing ?? "", () => {}));
}
