import { expect, test } from "bun:test";
import { copySafe } from "#src/traffic/ai/response-headers.ts";
import { framingOf } from "#src/traffic/ai/upstream-body.ts";

test("what a provider's connection header names stays with the connection", () => {
  const to = new Headers();
  copySafe(new Headers({ connection: "X-Hop, close", "x-hop": "1", "x-ratelimit-limit": "5", server: "nginx" }), to);
  expect([...to]).toEqual([["x-ratelimit-limit", "5"]]);
});

test("media types are known in upper and lower case (RFC 9110, section 8.3.1)", () => {
  const framing = (type: string): unknown => framingOf(new Headers({ "content-type": type }));
  expect(framing("Text/Event-Stream; Charset=UTF-8")).toBe("sse");
  expect(framing("application/vnd.Amazon.EventStream")).toBe("aws-event-stream");
  expect(framing("application/json")).toBeUndefined();
  expect(framingOf(new Headers())).toBeUndefined();
});
