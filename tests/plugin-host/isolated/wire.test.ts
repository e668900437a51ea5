import { describe, expect, test } from "bun:test";
import { array, assert, integer, jsonValue, property, uint8Array } from "fast-check";
import type { Json } from "#src/core/json.ts";
import { LocalReply } from "#src/core/plugin.ts";
import { applyEdits } from "#src/plugin-host/isolated/call-snapshot.ts";
import { encodeFrame, FrameDecoder } from "#src/plugin-host/isolated/frames.ts";
import { answerQuestion } from "#src/plugin-host/isolated/host-services.ts";
import { readVerdict } from "#src/plugin-host/isolated/verdicts.ts";
import { fakePluginHost } from "#tests/support/fake-plugin-host.ts";
import { messageOf } from "#tests/support/message-of.ts";
import { keptCall } from "./kept-call.ts";

const sane = (json: unknown): Json => JSON.parse(JSON.stringify(json)) as Json;

describe("frames", () => {
  test("come out as they went in, wherever they are cut", () => {
    const frame = array(uint8Array({ maxLength: 50 }), { maxLength: 4 });
    assert(
      property(
        array(frame, { maxLength: 5 }),
        jsonValue(),
        array(integer({ min: 1, max: 40 })),
        (frames, json, cuts) => {
          const bytes = Buffer.concat(frames.map((blobs) => encodeFrame({ json, blobs })));
          const decoder = new FrameDecoder();
          const out = [];
          for (let at = 0, cut = 0; at < bytes.length; cut++) {
            const end = at + (cuts[cut % cuts.length] ?? 1000);
            out.push(...decoder.push(Uint8Array.from(bytes.subarray(at, end))));
            at = end;
          }
          expect(out.map(({ blobs }) => blobs)).toEqual(
            frames.map((blobs) => blobs.map((blob) => Uint8Array.from(blob))),
          );
          expect(out.every((one) => Bun.deepEquals(one.json, sane(json)))).toBe(true);
        },
      ),
    );
  });

  test("that are none give an Error, and take no memory that was only announced", () => {
    assert(
      property(uint8Array({ maxLength: 100 }), (bytes) => {
        try {
          new FrameDecoder().push(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      }),
    );
    expect(() => new FrameDecoder().push(Uint8Array.of(255, 255, 255, 255))).toThrow("A message is too large.");
    expect(() => encodeFrame({ json: null, blobs: [new Uint8Array(90 * 1024 * 1024)] })).toThrow(RangeError);
  });
});

describe("what a process says", () => {
  test("is a verdict that its hook may give, or an Error", () => {
    const bytes = [new Uint8Array(2)];
    expect(readVerdict("requestBody", { is: "bytes" }, bytes)).toEqual(new Uint8Array(2));
    expect(readVerdict("requestHeaders", { is: "reply", status: 200, headers: [] }, [])).toBeInstanceOf(LocalReply);
    const wrong: readonly (readonly [Parameters<typeof readVerdict>[0], Json])[] = [
      ["requestHeaders", { is: "bytes" }],
      ["responseChunk", { is: "reply", status: 200, headers: [] }],
      ["requestHeaders", { is: "reply", status: 99, headers: [] }],
      ["requestHeaders", { is: "reply", status: 200.5, headers: [] }],
      ["requestHeaders", { is: "reply", status: 200, headers: [["a"]] }],
      ["requestHeaders", { is: "reply", status: 200, headers: { a: "b" } }],
      ["requestHeaders", { is: "reply", status: 200, headers: [], finish: "never" }],
      ["requestHeaders", { is: "toString" }],
      ["chatRequest", { is: "chat", chat: { messages: "none" } }],
      ["chatRequest", { is: "chat", chat: null }],
      ["chatEvent", { is: "events", events: [null] }],
      ["requestBody", null],
    ];
    for (const [hook, verdict] of wrong) expect(() => readVerdict(hook, verdict, [])).toThrow();
    assert(
      property(jsonValue(), (verdict) => {
        expect(() => readVerdict("requestHeaders", sane(verdict), [])).toThrow();
      }),
    );
  });

  test("changes a request only in what can be changed", () => {
    for (const edit of [
      ["id", "x"],
      ["__proto__", "x"],
      ["request.method", 1],
      ["request.headers.set", "a", {}],
      "reroute",
      null,
    ]) {
      expect(() => applyEdits(keptCall(), [edit] as Json)).toThrow("what it cannot");
    }
    expect(() => applyEdits(keptCall(), undefined)).toThrow("cannot be understood");
  });

  test.each<readonly [string, Json[], string]>([
    ["nothing", [], "The host has no nothing"],
    ["constructor", [], "The host has no constructor"],
    ["store.subscribe", ["c"], "The host has no store.subscribe"],
    ["store.close", [], "The host has no store.close"],
    ["log", ["loud", "x"], "One of trace, debug"],
    ["metric.open", ["timer", "x"], "One of counter, gauge, histogram"],
    ["secret", [1], "A text is wanted."],
    ["shared.set", ["k", "0"], "A number is wanted."],
    ["callout", ["x"], "An object is wanted."],
    ["callout", [{ upstream: "x", method: "GET", path: "/", headers: [1], timeout: 1 }], "cannot be understood"],
    ["redis.command", [{ host: "x" }, "GET"], "There is no Redis here."],
  ])("asks for %s with %j in vain", async (method, args, message) => {
    const world = { host: fakePluginHost(), call: undefined, signal: undefined };
    expect(await messageOf(answerQuestion(world, { method, args, blobs: [] }))).toContain(message);
  });
});
