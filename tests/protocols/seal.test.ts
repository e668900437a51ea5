import { describe, expect, test } from "bun:test";
import { assert, constantFrom, property, string } from "fast-check";
import { PROTOCOLS, UPSTREAM_PROTOCOLS } from "#src/core/protocol.ts";
import { readSeal, wrapSeal } from "#src/protocols/seal.ts";

describe("a vendor's seal on its way through another protocol's client", () => {
  const name = constantFrom(...PROTOCOLS, ...UPSTREAM_PROTOCOLS);

  test("comes back as it was, and whose it is with it", () => {
    assert(
      property(name, name, string({ unit: "grapheme" }), (own, sealedBy, value) => {
        expect(readSeal(own, wrapSeal(own, sealedBy, value))).toEqual({ sealedBy, value });
      }),
    );
  });

  test("is untouched in its own protocol", () => {
    expect(wrapSeal("gemini", "gemini", "abc=")).toBe("abc=");
  });

  test("is wrapped in base64 that tells its protocol", () => {
    expect(atob(wrapSeal("anthropic-messages", "gemini", "abc="))).toBe("sluice:gemini:abc=");
  });

  test.each([
    "",
    "EqQBCgIYAg==",
    "c2x1aWNl",
    "c2x1aWNl!",
    btoa("sluice:unknown:abc"),
    btoa("sluice:gemini"),
    "c2x1aWNlOv8=",
  ])("is the protocol's own when nobody wrapped it: %p", (value) => {
    expect(readSeal("anthropic-messages", value)).toEqual({ sealedBy: "anthropic-messages", value });
  });
});
