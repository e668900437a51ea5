import { expect, test } from "bun:test";
import { Outbox } from "#src/serve/http1/outbox.ts";

test("what a turn has to send goes out at its end, in its order; what comes meanwhile with the next", async () => {
  const outbox = new Outbox();
  const sent: string[] = [];
  outbox.add({ sendNow: () => sent.push("first") });
  outbox.add({
    sendNow() {
      sent.push("second");
      outbox.add({ sendNow: () => sent.push("next turn") });
    },
  });
  await Promise.resolve();
  expect(sent).toEqual([]);
  await new Promise((resolve) => setImmediate(resolve));
  expect(sent).toEqual(["first", "second"]);
  await new Promise((resolve) => setImmediate(resolve));
  expect(sent).toEqual(["first", "second", "next turn"]);
});
