import { beforeAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { join } from "node:path";
import type { ChatEvent } from "#src/core/chat.ts";
import type { ComponentPlugin } from "#src/plugin-host/component/component-plugin.ts";
import type { Filter } from "#src/core/plugin.ts";
import type { FakePluginHost } from "#tests/support/fake-plugin-host.ts";
import { componentInRust, rustMissing } from "#tests/support/component/rust.ts";
import { compiled, hooksOf, hostOf, type Surroundings } from "./probe.ts";

const source = join(import.meta.dir, "guests/probe.rs");

/** One request, and what the world around it says. */
interface Scenario {
  readonly headers: readonly (readonly [string, string])[];
  readonly property: string | undefined;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly texts: readonly string[];
  readonly surroundings: Surroundings;
}

const bytes = fc.uint8Array({ maxLength: 300 }).map((given) => new Uint8Array(given));
const text = fc.string({ unit: "binary", maxLength: 100 });
const scenario: fc.Arbitrary<Scenario> = fc.record({
  headers: fc.array(fc.tuple(fc.constantFrom("x-in", "x-other"), text), { maxLength: 5 }),
  property: fc.option(text, { nil: undefined }),
  body: bytes,
  texts: fc.array(text, { maxLength: 3 }),
  surroundings: fc.record({
    callout: fc.oneof(
      fc.record({ status: fc.integer({ min: 100, max: 599 }), body: bytes }),
      fc.constantFrom("timeout" as const, "denied" as const),
    ),
    redis: fc.oneof(bytes, fc.integer(), fc.constant(null), fc.record({ error: text })),
    secret: text,
  }),
});

/** One way of calling the guest. Both are asked the same in the same order, so that what they keep is the same too. */
interface Side {
  readonly plugin: ComponentPlugin;
  readonly filter: Filter;
  readonly host: FakePluginHost;
  around: Surroundings;
}

async function sideOf(component: Uint8Array, glue: boolean): Promise<Side> {
  const plugin = await compiled(component, glue);
  const host = hostOf(() => side.around);
  const side: Side = { plugin, filter: await plugin.configure({ text: "c" }, host), host, around: {} };
  return side;
}

/** All that can be seen of a request's way through the guest. */
async function seen(side: Side, { headers, property, body, texts, surroundings }: Scenario): Promise<unknown> {
  const { filter, host } = side;
  side.around = surroundings;
  const { hooks, call } = hooksOf(filter, { method: "POST", url: "/old?x=ä", headers });
  call.setProperty("a.b", property);
  const said: unknown[] = [await hooks.requestHeaders?.(call), await hooks.requestBody?.(call, body)];
  const chat = {
    model: "m",
    stream: true,
    messages: texts.map((one) => ({ role: "user" as const, content: [{ type: "text" as const, text: one }] })),
  };
  said.push(await hooks.chatRequest?.(call, chat));
  call.answer(200, { "x-up": "1", "x-gone": "2" });
  said.push(await hooks.responseHeaders?.(call), await hooks.responseBody?.(call, body));
  for (const last of [false, true]) said.push(await hooks.responseChunk?.(call, body, last));
  for (const one of texts) {
    const event: ChatEvent = { type: "text", block: 0, text: one };
    said.push(await hooks.chatEvent?.(call, event));
  }
  hooks.done?.(call);
  await host.tick();
  return { said, ...stateOf(call), ...toldTo(host) };
}

function stateOf({
  request,
  response,
  consumer,
  reroutes,
  override,
  properties,
}: ReturnType<typeof hooksOf>["call"]): object {
  const { method, host, path, search } = request;
  return {
    method,
    host,
    path,
    search,
    consumer,
    reroutes,
    override,
    properties: [...properties],
    status: response?.status,
  };
}

function toldTo({ lines, callouts, metrics }: FakePluginHost): object {
  return {
    lines: lines.splice(0),
    callouts: callouts.splice(0),
    metrics: [...metrics].map(([name, { value }]) => [name, value]),
  };
}

describe.skipIf(rustMissing !== undefined)(`a guest that is called directly (${rustMissing ?? "in Rust"})`, () => {
  let component: Uint8Array;
  let [direct, glued]: Side[] = [];
  beforeAll(async () => {
    component = await Bun.file(await componentInRust("probe", await Bun.file(source).text())).bytes();
    [direct, glued] = [await sideOf(component, false), await sideOf(component, true)];
  }, 120_000);

  test("does what it does through jco's glue, and is told the same", async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async (one) => {
        expect(await seen(direct!, one)).toEqual(await seen(glued!, one));
      }),
      { numRuns: 40 },
    );
  }, 60_000);

  test("has called everything that its host offers", async () => {
    const fixed: Scenario = {
      headers: [["x-in", "å"]],
      property: "p",
      body: Uint8Array.of(1, 2, 3),
      texts: ["a secret", ""],
      surroundings: { callout: { status: 403, body: Uint8Array.of(7) }, redis: 42, secret: "s" },
    };
    expect(await seen(await sideOf(component, false), fixed)).toMatchObject({
      said: [
        "pass-body",
        Uint8Array.of(3, 2, 1),
        { messages: [{ content: [{ text: "a ******" }] }, { content: [{ text: "" }] }] },
        {
          status: 202,
          headers: [
            ["x-one", "1"],
            ["x-two", "ß"],
          ],
          body: Uint8Array.of(0, 255),
        },
        Uint8Array.of(1, 2, 3, 1, 2, 3),
        undefined,
        undefined,
        [{ text: "a secret" }, { text: "a secret" }],
        [],
      ],
      method: "PUT",
      host: "other.example",
      path: "/new",
      search: "?q=1",
      consumer: "bob",
      reroutes: 1,
      override: "10.0.0.1:80",
      properties: [
        ["a.b", "p"],
        ["a.c", "é"],
      ],
      status: 299,
      metrics: [
        ["counted", 2],
        ["sizes", 1],
        ["level", -1.25],
      ],
      callouts: [
        {
          upstream: "auth",
          method: "POST",
          path: "/a?b",
          headers: [["x-a", "ü"]],
          body: Uint8Array.of(0, 1),
          timeout: 77,
        },
      ],
    });
    const host = hostOf(fixed.surroundings);
    const filter = await direct!.plugin.configure({ text: "c" }, host);
    const { hooks, call } = hooksOf(filter, { headers: [["x-in", "å"]] });
    await hooks.requestHeaders?.(call);
    expect(host.lines.map(({ message }) => message)).toEqual([
      'config {"text":"c"}',
      "done 0",
      "GET example.com /",
      'headers [("x-in", "å"), ("host", "example.com")]',
      'header Some("å") None',
      "property None",
      'secret Some("s") None',
      "now 1790000000000 random 0.5",
      "shared None Ok(())",
      "cas Err(Mismatch) Ok(())",
      "store Ok(None) Ok(())",
      'store Ok(Some("värde")) Ok(false)',
      "store Ok(()) Ok(-3)",
      'callout Ok(Answer { status: 403, headers: [("x-answered", "ö")], body: [7] })',
      'redis Ok("42")',
    ]);
  });

  test.each([false, true])("that refuses its configuration says why; through the glue: %p", async (glue) => {
    const refused = (glue ? glued! : direct!).plugin.configure({ refuse: "no such mode" }, hostOf());
    expect(refused).rejects.toThrow("it refuses its configuration: no such mode");
  });
});
