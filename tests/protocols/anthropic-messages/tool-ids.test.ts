import { expect, test } from "bun:test";
import { assert, property, string } from "fast-check";
import { fromClaudeId, toClaudeId } from "#src/protocols/anthropic-messages/tool-ids.ts";

test("ids Claude accepts stay as they are", () => {
  for (const id of ["toolu_01A-b", "call_x", "0"]) expect(toClaudeId(id)).toBe(id);
});

test("every id becomes one that Claude accepts, and is found again", () => {
  assert(
    property(string({ unit: "grapheme" }), (id) => {
      expect(toClaudeId(id)).toMatch(/^[a-zA-Z0-9_-]+$/);
      expect(fromClaudeId(toClaudeId(id))).toBe(id);
    }),
  );
});

test("an id with our prefix is told apart from one we made", () => {
  expect(fromClaudeId(toClaudeId("sluice_YQ"))).toBe("sluice_YQ");
  expect(fromClaudeId("sluice_%%")).toBe("sluice_%%");
});
