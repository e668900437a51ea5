import { describe, test } from "bun:test";
import { fileURLToPath } from "node:url";
import { envoyMissing } from "#tests/support/envoy.ts";
import { envoyPlane } from "#tests/support/kubernetes-suite/envoy-plane.ts";
import { runSuite } from "#tests/support/kubernetes-suite/run-suite.ts";
import { sluicePlane } from "#tests/support/kubernetes-suite/sluice-plane.ts";

const CASES = fileURLToPath(new URL("./istio", import.meta.url));

runSuite(CASES, sluicePlane);

if (envoyMissing === undefined) runSuite(CASES, envoyPlane);
else describe("on Envoy", () => test.skip(envoyMissing ?? "", () => {}));
