import { describe } from "bun:test";
import { describeAnswers } from "./transport-answers.ts";
import { describeBodies } from "./transport-bodies.ts";
import { describeConnections } from "./transport-connections.ts";
import { describeFailures } from "./transport-failures.ts";
import type { MakeTransport } from "./transport-stage.ts";

/** What every Transport keeps to, against servers whose bytes the tests write. */
export function describeTransport(name: string, make: MakeTransport): void {
  describe(`transport contract: ${name}`, () => {
    describeAnswers(make);
    describeBodies(make);
    describeConnections(make);
    describeFailures(make);
  });
}
