import { expect, test } from "bun:test";
import { loadMessages } from "#src/control/xds/messages.ts";
import { RESOURCE_KINDS } from "#src/control/xds/resource-types.ts";
import { SnapshotBuilder } from "#src/control/xds/snapshot-builder.ts";
import { TypeState } from "#src/control/xds/type-state.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";
import { routes } from "#tests/support/xds/stage.ts";

const kind = RESOURCE_KINDS.find(({ type }) => type === "rds");
const builder = new SnapshotBuilder(await loadMessages());

/** A state that wants two route configurations, of which the client has refused the first. */
function refused() {
  if (kind === undefined) throw new Error("there are no routes");
  const state = new TypeState(kind, "sotw", new FakeClock());
  state.replaceNames(["a", "b"]);
  const send = (targets: Readonly<Record<string, string>>, error?: string): string[] => {
    const push = state.next(builder.build({ rds: routes(targets) }).snapshot.rds);
    if (push === undefined) return [];
    state.commit(push, "nonce");
    state.settle(error);
    return push.entries.map(({ name }) => name);
  };
  expect(send({ a: "one" }, "no")).toEqual(["a"]);
  return { state, send };
}

test("what was refused stays refused when it comes back as another object that says the same", () => {
  const { state, send } = refused();
  // The client's answer was outstanding for so long, so that nobody asked meanwhile.
  builder.build({});
  expect(send({ a: "one", b: "one" })).toEqual(["b"]);
  expect(state.nacked?.names).toEqual(["a"]);
});

test("what was refused, was gone and comes back is sent again", () => {
  const { send } = refused();
  expect(send({})).toEqual([]);
  expect(send({ a: "one", b: "one" })).toEqual(["a", "b"]);
});
