import { fileURLToPath } from "node:url";
import { runSuite } from "#tests/support/kubernetes-suite/run-suite.ts";
import { sluicePlane } from "#tests/support/kubernetes-suite/sluice-plane.ts";

runSuite(fileURLToPath(new URL("./istio", import.meta.url)), sluicePlane);
