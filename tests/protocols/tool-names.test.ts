import { describe, expect, test } from "bun:test";
import { assert, constantFrom, property, string, uniqueArray } from "fast-check";
import { fold } from "#src/core/chat-fold.ts";
import type { ChatEvent, ChatRequest } from "#src/core/chat.ts";
import type { JsonObject } from "#src/core/json.ts";
import { type ClientProtocol, PROTOCOLS, type ProtocolName } from "#src/core/protocol.ts";
import { codecFor, upstreamCodecFor } from "#src/protocols/index.ts";
import { asEvents, decodeStream, encodeStream, responseTarget } from "#tests/contracts/codec.ts";

const TAKEN: Readonly<Record<ClientProtocol, RegExp>> = {
  "openai-chat": /^[a-zA-Z0-9_-]{1,64}$/,
  "openai-responses": /^[a-zA-Z0-9_-]{1,64}$/,
  "anthropic-messages": /^[a-zA-Z0-9_-]{1,128}$/,
  gemini: /^[a-zA-Z_][a-zA-Z0-9_.:-]{0,63}$/,
};

function asking(...names: string[]): ChatRequest {
  const [first = ""] = names;
  return {
    model: "gemini-2.5-flash",
    stream: false,
    tools: names.map((name) => ({ type: "function", name, inputSchema: { type: "object", properties: {} } })),
    toolChoice: { type: "tool", name: first, kind: "function" },
    messages: [
      { role: "user", content: [{ type: "text", text: "Hi" }] },
      { role: "assistant", content: [{ type: "tool-call", id: "call_1", name: first, input: "{}", kind: "function" }] },
      {
        role: "tool",
        content: [{ type: "tool-result", toolCallId: "call_1", content: [{ type: "text", text: "ok" }] }],
      },
    ],
  };
}

/** The names of tools, of the chosen one and of the one that was called, as the provider reads them. */
function given(upstream: ClientProtocol, request: ChatRequest): { names: string[]; chosen: unknown; called: unknown } {
  const codec = codecFor(upstream);
  const { value } = codec.request.encode(request, { model: request.model, dialect: {} });
  const read = codec.request.decode(JSON.parse(JSON.stringify(value)) as JsonObject, { model: "m", stream: false });
  const call = read.messages.flatMap(({ content }) => content).find(({ type }) => type === "tool-call");
  return {
    names: (read.tools ?? []).map(({ name }) => name),
    chosen: read.toolChoice?.type === "tool" && read.toolChoice.name,
    called: call?.type === "tool-call" && call.name,
  };
}

/** The name in an answer that calls a tool, as the client gets it. */
function told(client: ClientProtocol, request: ChatRequest, name: string): unknown[] {
  const codec = codecFor(client);
  const target = { ...responseTarget, request };
  const events: ChatEvent[] = [
    { type: "start", id: "a", model: "m" },
    { type: "tool-call", block: 0, id: "call_2", name, kind: "function" },
    { type: "tool-input", block: 0, text: "{}" },
    { type: "finish", reason: { unified: "tool-calls", raw: "" } },
  ];
  const whole = codec.response.decode(codec.response.encode(fold(events), target).value);
  const streamed = decodeStream(codec, asEvents(encodeStream(codec, events, target)));
  return [whole, streamed].map((list) => {
    const [part] = fold(list).choices[0]?.content ?? [];
    return part?.type === "tool-call" && part.name;
  });
}

const names = uniqueArray(string({ unit: constantFrom(..."ab1._:-/ é".split("")), minLength: 1, maxLength: 140 }), {
  minLength: 1,
  maxLength: 4,
});

describe.each(PROTOCOLS)("tools of a provider that speaks %s", (upstream) => {
  test("have names it takes, which come back to every client as its own", () => {
    assert(
      property(names, constantFrom(...PROTOCOLS), (list, client) => {
        const request = asking(...list);
        const { names: sent, chosen, called } = given(upstream, request);
        for (const name of sent) expect(name).toMatch(TAKEN[upstream]);
        expect(new Set(sent).size).toBe(list.length);
        expect([chosen, called]).toEqual([sent[0], sent[0]]);
        for (const [index, name] of sent.entries()) {
          const own = list[index] ?? "";
          expect(told(client, request, name)).toEqual([own, own]);
        }
      }),
      { numRuns: 60 },
    );
  });

  test("keep names it takes, without a loss", () => {
    const request = asking("get_weather", "b-2");
    expect(given(upstream, request)).toEqual({
      names: ["get_weather", "b-2"],
      chosen: "get_weather",
      called: "get_weather",
    });
    const { losses } = codecFor(upstream).request.encode(request, { model: request.model, dialect: {} });
    expect(losses.filter(({ field }) => field.endsWith(".name"))).toEqual([]);
  });
});

test("another name is told as a loss, once for each tool", () => {
  const request = asking("shop.list", "fine");
  const lost = (protocol: ProtocolName): string[] =>
    upstreamCodecFor(protocol)
      .request.encode(request, { model: "m", dialect: {} })
      .losses.map(({ kind, field }) => `${kind} ${field}`);
  expect(lost("openai-chat")).toContain("approximated tools[0].name");
  expect(lost("bedrock-converse")).toContain("approximated tools[0].name");
  expect(lost("openai-chat")).not.toContain("approximated tools[1].name");
  expect(lost("gemini")).not.toContain("approximated tools[0].name");
});
