import { describe, expect, test } from "bun:test";
import { Fault } from "#src/core/fault.ts";
import { redact, redactText } from "#src/traffic/ai/redact.ts";

const credential = { id: "p#1", secret: "s3cret-of-mine" };

describe("redact", () => {
  test.each([
    ["Incorrect API key provided: sk-proj-abcdef123456.", "Incorrect API key provided: ***"],
    ["bad key sk-ab********wxyz here", "bad key *** here"],
    ["the key s3cret-of-mine is wrong", "the key *** is wrong"],
    ["use a sk- key", "use a sk- key"],
    ["risk-averse-behaviour", "risk-averse-behaviour"],
  ])("%p", (text, expected) => {
    expect(redactText(text, credential)).toBe(expected);
  });

  test("keeps everything else of the fault", () => {
    const fault = new Fault("upstream_error", "no s3cret-of-mine", {
      status: 401,
      retryAfter: 3,
      upstream: { type: "t" },
    });
    expect(redact(fault, credential)).toMatchObject({
      code: "upstream_error",
      message: "no ***",
      status: 401,
      retryAfter: 3,
      upstream: { type: "t" },
    });
  });
});
