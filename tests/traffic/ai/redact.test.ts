import { describe, expect, test } from "bun:test";
import { Fault } from "#src/core/fault.ts";
import { redact, redactText } from "#src/traffic/ai/redact.ts";

const credential = { id: "p#1", secret: "s3cret-of-mine" };

describe("redact", () => {
  test.each([
    ["the key s3cret-of-mine is wrong", "the key *** is wrong"],
    ["twice s3cret-of-mine, s3cret-of-mine", "twice ***, ***"],
    ["nothing here", "nothing here"],
  ])("%p", (text, expected) => {
    expect(redactText(text, credential)).toBe(expected);
  });

  test("leaves text alone when there is no credential", () => {
    expect(redactText("as it is", undefined)).toBe("as it is");
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
