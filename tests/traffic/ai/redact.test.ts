import { describe, expect, test } from "bun:test";
import { Fault } from "#src/core/fault.ts";
import { redact, redactText } from "#src/traffic/ai/redact.ts";

const credential = { id: "p#1", secret: "s3cret-of-mine" };

describe("redact", () => {
  test.each([
    ["the key s3cret-of-mine is wrong", "the key *** is wrong"],
    ["twice s3cret-of-mine, s3cret-of-mine", "twice ***, ***"],
    ["nothing here", "nothing here"],
    ['{"message":"s3cret\\u002dof-mine"}', '{"message":"***"}'],
    ["s3cret\\nof-mine", "s3cret\\nof-mine"],
  ])("%p", (text, expected) => {
    expect(redactText(text, credential)).toBe(expected);
  });

  test("leaves text alone when there is no credential", () => {
    expect(redactText("as it is", undefined)).toBe("as it is");
  });

  test("takes it out of the provider's own type, code and parameter", () => {
    const upstream = { type: "t s3cret-of-mine", code: "s3cret-of-mine", param: "s3cret-of-mine.x" };
    const redacted = redact(new Fault("upstream_error", "no", { upstream, cause: "kept" }), credential);
    expect(redacted.upstream).toEqual({ type: "t ***", code: "***", param: "***.x" });
    expect(redacted.cause).toBe("kept");
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
