import { beforeAll, describe, expect, test } from "bun:test";
import {
  failures,
  requirements,
  type Revision,
  type Role,
  runSuite,
  type SuiteResult,
  type Target,
} from "./conformance.ts";

/** Far more than a run takes. */
const PATIENCE_MS = 120_000;

/** One run of the suite: what it is pointed at, and what is known to fail and why. */
export interface Run {
  readonly name: string;
  readonly revision: Revision;
  readonly role: Role;
  readonly target: () => Promise<Target> | Target;
  /** Reasons by scenario; one that passes after all fails the test. */
  readonly known: Readonly<Record<string, string>>;
}

/** Why the scenarios of the extension for tasks fail everywhere. */
const NO_TASKS = "the extension io.modelcontextprotocol/tasks is not offered";

/** What the scenarios of tasks say of a server that has none. */
export const WITHOUT_TASKS: Readonly<Record<string, string>> = Object.fromEntries(
  [
    "tasks-lifecycle",
    "tasks-capability-negotiation",
    "tasks-wire-fields",
    "tasks-request-state-removal",
    "tasks-mrtr-input",
    "tasks-request-headers",
    "tasks-dispatch-and-envelope",
    "tasks-required-task-error",
    "tasks-mrtr-composition",
  ].map((scenario) => [scenario, NO_TASKS]),
);

/** Runs the suite before the tests and makes a test of each scenario. */
export function conformanceCases({ name, revision, role, target, known }: Run): void {
  describe(`${name}, ${revision}`, () => {
    const { required, unscored } = requirements(revision, role);
    let result: SuiteResult;
    beforeAll(async () => {
      result = await runSuite(revision, await target());
    }, PATIENCE_MS);
    for (const scenario of [...required, ...unscored]) {
      const reason = known[scenario];
      if (reason === undefined) {
        test(scenario, () => expect(failures(result, scenario)).toEqual([]));
      } else {
        test(`${scenario} fails: ${reason}`, () => expect(failures(result, scenario)).not.toEqual([]));
      }
    }
  });
}
