/** Run by Deno: what a plugin in a process of its own does there, a line of JSON each. */
import { createMemoryStore } from "#src/store/memory.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";
import { fakePluginHost } from "#tests/support/fake-plugin-host.ts";
import { messageOf } from "#tests/support/message-of.ts";
import { until } from "#tests/support/until.ts";
import { keptCall } from "./kept-call.ts";
import { isolated } from "./stage.ts";

const show = (value: unknown): void => console.log(JSON.stringify(value));

const host = fakePluginHost({
  secrets: { key: "s3cret" },
  store: createMemoryStore({ clock: new FakeClock() }),
  answer: ({ body }) => ({
    status: 202,
    headers: [],
    body: new TextEncoder().encode(`answer to ${new TextDecoder().decode(body as Uint8Array)}`),
  }),
});
const one = await isolated({ deadline: 1000 }, {}, host);
const call = keptCall();
call.properties.set("theirs", "another's");
show((await one.ask("property", call)).said);
for (const what of ["shared", "metric", "secret", "callout", "store"]) show((await one.ask(what)).said);
show((await one.ask("refuse")).verdict);
const body = new Uint8Array(1024 * 1024).fill(7);
const changed = await one.open(call).requestBody?.(call, body);
show(changed instanceof Uint8Array && changed.length);
show(JSON.parse((await one.ask("look around")).said ?? ""));
show(await messageOf(one.ask("spin")));
await until("its process is there again", async () => (await messageOf(one.ask("pass"))) === "(it did not fail)");
show((await one.ask("pass")).verdict);
one.filter.close?.();
