import { describe, expect, test } from "bun:test";
import { McpError } from "#src/core/mcp/messages.ts";
import { mcpCall } from "#tests/support/mcp-call.ts";
import {
  type Answerer,
  eventAnswer,
  legacy,
  type Received,
  scripted,
  type Scripted,
} from "#tests/support/mcp-upstream.ts";
import { within } from "#tests/support/until.ts";

const CALL = { method: "tools/call", params: { name: "t", arguments: {}, _meta: { progressToken: "p" } } };
const RESULT = { content: [{ type: "text", text: "done" }] };

/** More than an answer is tried for without any progress. */
const STEPS = [1, 2, 3, 4, 5, 6, 7];

/** The events of a call's stream: an empty one to go on from, a notification a step, the result. */
function eventsOf({ id }: Received): string[] {
  const notes = STEPS.map((progress) => ({
    jsonrpc: "2.0",
    method: "notifications/progress",
    params: { progressToken: id, progress },
  }));
  const messages = [...notes, { jsonrpc: "2.0", id, result: RESULT }].map((message) => JSON.stringify(message));
  return ["", ...messages].map((data, index) => `id: e${index}\nretry: 50\ndata: ${data}\n\n`);
}

/** A server whose call's stream breaks after `cut` bytes, each time anew, until everything was told. */
function breaking(cut: (text: string) => number | undefined, ids = true): { answer: Answerer; asked: string[] } {
  const asked: string[] = [];
  let call: Received | undefined;
  const streamed = (from: number): Response => {
    if (call === undefined) throw new Error("nothing was called");
    const text = eventsOf(call).slice(from).join("");
    const told = ids ? text : text.replaceAll(/^id: .*\n/gm, "");
    return eventAnswer(told, cut(told));
  };
  const stream: Answerer = ({ headers }) => {
    const last = headers.get("last-event-id");
    if (last === null) return new Response(null, { status: 405 });
    asked.push(last);
    return streamed(Number(last.slice(1)) + 1);
  };
  return {
    asked,
    answer: legacy(
      (request) => {
        call = request;
        return streamed(0);
      },
      { tools: {} },
      stream,
    ),
  };
}

/** Lets pauses between tries pass until the promise settles. */
async function passing<T>({ clock }: Scripted, work: Promise<T>): Promise<T> {
  const state = { over: false };
  const settled = work.finally(() => (state.over = true));
  settled.catch(() => {});
  for (let turn = 0; turn < 10_000 && !state.over; turn++) {
    await new Promise<void>((resolve) => setImmediate(resolve));
    clock.advance(50);
  }
  return within("the call's end", settled);
}

describe("a call's stream of the session era", () => {
  test("that breaks at any byte goes on after the last whole event: nothing is lost, doubled or out of order", async () => {
    const length = eventsOf({ id: 1 } as Received).join("").length;
    const [opening = ""] = eventsOf({ id: 1 } as Received);
    for (let first = opening.length; first < length; first++) {
      let connection = 0;
      const up = await scripted(
        breaking((text) => (connection++ === 0 ? Math.min(first, text.length - 1) : undefined)).answer,
      );
      const call = mcpCall();
      const result = await passing(up, Promise.resolve(up.server.handle(CALL, call)));
      expect(result).toEqual(RESULT);
      expect(call.notifications.map(({ params }) => params)).toEqual(
        STEPS.map((progress) => ({ progressToken: "p", progress })),
      );
      expect(up.methods().filter((method) => method === "tools/call")).toHaveLength(1);
    }
  });

  test("may break after each event", async () => {
    const { answer, asked } = breaking((text) => text.indexOf("\n\n") + 2);
    const up = await scripted(answer);
    const call = mcpCall();
    expect(await passing(up, Promise.resolve(up.server.handle(CALL, call)))).toEqual(RESULT);
    expect(call.notifications).toHaveLength(STEPS.length);
    expect(asked).toEqual([0, ...STEPS].map((step) => `e${step}`));
  });

  test("without ids cannot go on, and the call is not sent again", async () => {
    const up = await scripted(breaking((text) => text.length - 5, false).answer);
    const error = await passing(
      up,
      Promise.resolve(up.server.handle(CALL, mcpCall())).catch((thrown: unknown) => thrown),
    );
    expect(error).toBeInstanceOf(McpError);
    expect(up.methods().filter((method) => method === "tools/call")).toHaveLength(1);
  });

  test("that brings nothing any more is given up after some tries", async () => {
    const { answer, asked } = breaking((text) => (text.startsWith("id: e0") ? 60 : 0));
    const up = await scripted(answer);
    const error = await passing(
      up,
      Promise.resolve(up.server.handle(CALL, mcpCall())).catch((thrown: unknown) => thrown),
    );
    expect(error).toBeInstanceOf(McpError);
    expect(asked).toHaveLength(5);
  });
});
