import { startGateway } from "#tests/support/gateway.ts";
import { smoke } from "./smoke.ts";

for (const runtime of ["bun", "deno"] as const) {
  smoke(runtime, () => startGateway({ runtime }));
}
