import { describe, expect, test } from "bun:test";
import { hasStatus, mergedStatus } from "#config/sources/kube/merged-status.ts";

const NOW = "2026-02-01T00:00:00Z";
const THEN = "2026-01-01T00:00:00Z";
const author = { controllerName: "own/controller", now: NOW };
const condition = (type: string, status: string, since?: string): Record<string, string> => ({
  ...(since === undefined ? {} : { lastTransitionTime: since }),
  type,
  status,
});

describe("conditions", () => {
  test("keep the time since when they are what they are", () => {
    const there = { conditions: [condition("Accepted", "True", THEN), condition("Programmed", "False", THEN)] };
    const wanted = { conditions: [condition("Accepted", "True"), condition("Programmed", "True")] };
    expect(mergedStatus(wanted, there, author)).toEqual({
      conditions: [condition("Accepted", "True", THEN), condition("Programmed", "True", NOW)],
    });
  });

  test("of others stay, and own ones that hold no more go", () => {
    const foreign = condition("example.com/Checked", "True", THEN);
    const there = { conditions: [foreign, condition("InsecureFrontendValidationMode", "True", THEN)] };
    expect(mergedStatus({ conditions: [condition("Accepted", "True")] }, there, author)).toEqual({
      conditions: [condition("Accepted", "True", NOW), foreign],
    });
  });

  test("of listeners are told apart by the listener", () => {
    const listener = (name: string, attachedRoutes: number, ...conditions: readonly object[]): object => ({
      name,
      attachedRoutes,
      conditions,
    });
    const there = {
      listeners: [listener("b", 1, condition("Accepted", "True", THEN), condition("Old", "True", THEN))],
    };
    const wanted = {
      listeners: [listener("a", 2, condition("Accepted", "True")), listener("b", 2, condition("Accepted", "True"))],
    };
    expect(mergedStatus(wanted, there, author)).toEqual({
      listeners: [
        listener("a", 2, condition("Accepted", "True", NOW)),
        listener("b", 2, condition("Accepted", "True", THEN)),
      ],
    });
  });
});

describe.each([
  ["parents", "parentRef"],
  ["ancestors", "ancestorRef"],
])("%s", (list, ref) => {
  const entry = (name: string, controllerName: string, since?: string): object => ({
    [ref]: { name },
    controllerName,
    conditions: [condition("Accepted", "True", since)],
  });

  test("of other controllers stay, own ones are replaced", () => {
    const foreign = entry("a", "other/controller", THEN);
    const there = { [list]: [foreign, entry("a", "own/controller", THEN), entry("gone", "own/controller", THEN)] };
    const wanted = { [list]: [entry("a", "own/controller"), entry("new", "own/controller")] };
    expect(mergedStatus(wanted, there, author)).toEqual({
      [list]: [entry("a", "own/controller", THEN), entry("new", "own/controller", NOW), foreign],
    });
    expect(mergedStatus({ [list]: [] }, there, author)).toEqual({ [list]: [foreign] });
  });
});

test("everything else is as it is wanted, and other keys are left out", () => {
  const there = { loadBalancer: { ingress: [] }, addresses: [{ value: "old" }], kept: 1 };
  const wanted = { addresses: [{ value: "new" }] };
  expect(mergedStatus(wanted, there, author)).toEqual(wanted);
  expect([hasStatus(there, wanted), hasStatus({ ...there, ...wanted }, wanted)]).toEqual([false, true]);
});
