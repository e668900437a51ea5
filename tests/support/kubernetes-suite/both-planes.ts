import { describe, test } from "bun:test";
import { fileURLToPath } from "node:url";
import { envoyMissing } from "../envoy.ts";
import { envoyPlane } from "./envoy-plane.ts";
import { runSuite } from "./run-suite.ts";
import { sluicePlane } from "./sluice-plane.ts";

/** Runs all cases of a folder on Sluice's own data plane and on a real Envoy with Sluice behind it, with the same expectations. */
export function onBothPlanes(folder: URL): void {
  const cases = fileURLToPath(folder);
  runSuite(cases, sluicePlane);
  if (envoyMissing === undefined) runSuite(cases, envoyPlane);
  else describe("on Envoy", () => test.skip(envoyMissing ?? "", () => {}));
}
