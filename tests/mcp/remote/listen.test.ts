import { describe, expect, test } from "bun:test";
import { META } from "#src/core/mcp/messages.ts";
import { systemClock } from "#src/core/clock.ts";
import { urlKind } from "#mcp/remote/kind.ts";
import { mcpCall } from "#tests/support/mcp-call.ts";
import { startEverything } from "#tests/support/mcp/everything/start.ts";
import { errorAnswer, eventAnswer, legacy, modern, resultAnswer, scripted } from "#tests/support/mcp-upstream.ts";
import { mcpWorld } from "#tests/support/mcp-world.ts";
import { until } from "#tests/support/until.ts";

const CHANGED = "notifications/tools/list_changed";

/** An event of a modern server's stream. */
const event = (method: string, params: object): string =>
  `data: ${JSON.stringify({ jsonrpc: "2.0", method, params: { _meta: { [META.subscriptionId]: "listen" }, ...params } })}\n\n`;

const acknowledged = event("notifications/subscriptions/acknowledged", { notifications: { toolsListChanged: true } });

/** A stream that stays open. */
function openStream(text: string): Response {
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode(text)),
  });
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
}

describe.each(["modern", "legacy"] as const)("changes of a real server of the %s era", (era) => {
  test("are told to those who asked", async () => {
    await using upstream = await startEverything(era);
    const server = await urlKind.create("up", { endpoints: [upstream.url] }, mcpWorld({ clock: systemClock }));
    const listener = mcpCall();
    const uri = "test://watched-resource";
    const subscription = await server.listen({ toolsListChanged: true, resourceSubscriptions: [uri] }, listener);
    expect(subscription.honoured).toEqual({ toolsListChanged: true, resourceSubscriptions: [uri] });
    const ask = (name: string, args = {}) =>
      server.handle({ method: "tools/call", params: { name, arguments: args } }, mcpCall());
    await ask("test_trigger_prompt_change");
    await ask("test_trigger_tool_change");
    await ask("test_touch_resource", { uri });
    await until("both are told", () => listener.notifications.length >= 2);
    expect(listener.notifications).toEqual([
      { method: CHANGED, params: {} },
      { method: "notifications/resources/updated", params: { uri } },
    ]);
    subscription.close();
    await server.close();
  });
});

describe("a subscription", () => {
  test("says what of the filter is honoured, and hides the tag of its own stream", async () => {
    const up = await scripted(modern(() => openStream(acknowledged + event(CHANGED, {}))));
    const call = mcpCall();
    const subscription = await up.server.listen({ toolsListChanged: true, promptsListChanged: true }, call);
    expect(subscription.honoured).toEqual({ toolsListChanged: true });
    expect(call.notifications).toEqual([{ method: CHANGED, params: {} }]);
    expect(up.received[1]?.message["params"]).toMatchObject({
      notifications: { toolsListChanged: true, promptsListChanged: true },
    });
    subscription.close();
    expect(up.received[1]?.signal.aborted).toBe(true);
    expect(up.clock.pending).toBe(0);
  });

  test("that breaks is opened anew, and what may have changed meanwhile is told", async () => {
    let streams = 0;
    const up = await scripted(
      modern((request) => {
        streams++;
        if (streams === 2) return errorAnswer(request, 500, -32603);
        return streams === 1 ? eventAnswer(acknowledged, acknowledged.length) : openStream(acknowledged);
      }),
    );
    const call = mcpCall();
    const subscription = await up.server.listen({ toolsListChanged: true }, call);
    for (const wait of [1000, 2000]) {
      // A try under way has a timer too, and what answers it here needs no more than a turn.
      await new Promise((resolve) => setImmediate(resolve));
      await until("the next try is set", () => up.clock.pending === 1);
      up.clock.advance(wait);
    }
    await until("it is open again", () => call.notifications.length === 1);
    expect(call.notifications).toEqual([{ method: CHANGED, params: {} }]);
    subscription.close();
    expect(streams).toBe(3);
  });

  test("ends with the one who asked", async () => {
    const up = await scripted(modern(() => openStream(acknowledged)));
    const leaving = new AbortController();
    await up.server.listen({ toolsListChanged: true }, mcpCall({ signal: leaving.signal }));
    leaving.abort();
    expect(up.received[1]?.signal.aborted).toBe(true);
    expect(up.clock.pending).toBe(0);
  });

  test("to nothing asks nobody; to a server that has no changes it honours nothing", async () => {
    const up = await scripted(modern((request) => errorAnswer(request, 404, -32601)));
    expect((await up.server.listen({}, mcpCall())).honoured).toEqual({});
    expect(up.received).toEqual([]);
    expect((await up.server.listen({ toolsListChanged: true }, mcpCall())).honoured).toEqual({});
  });

  test("of the session era goes on in a new session when the old one is lost", async () => {
    let sessions = 0;
    const up = await scripted(
      legacy(
        (request) => resultAnswer(request, {}),
        { tools: { listChanged: true } },
        () => {
          sessions++;
          return sessions === 1 ? eventAnswer(": open\n\n") : openStream(": open\n\n");
        },
      ),
    );
    const call = mcpCall();
    const subscription = await up.server.listen({ toolsListChanged: true }, call);
    expect(subscription.honoured).toEqual({ toolsListChanged: true });
    await until("the stream is asked for again", () => {
      up.clock.advance(1000);
      return sessions > 1;
    });
    subscription.close();
    await up.server.close();
    expect(up.clock.pending).toBe(0);
  });
});
