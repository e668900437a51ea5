import { describe, expect, test } from "bun:test";
import { anthropicList, anthropicModel, type ModelInfo, openaiModel, readModels } from "#src/traffic/ai/model-list.ts";

const models: ModelInfo[] = ["a", "b", "c", "d", "e"].map((id) => ({ id, ownedBy: "p" }));
const page = (query: string): unknown => {
  const list = anthropicList(models, new URLSearchParams(query));
  return [
    (list["data"] as { id: string }[]).map(({ id }) => id).join(""),
    list["has_more"],
    list["first_id"],
    list["last_id"],
  ];
};

describe("model lists", () => {
  test("read OpenAI's and Anthropic's shapes, and leave out what is neither", () => {
    expect(
      readModels({ data: [{ id: "m", created: 5, owned_by: "openai" }, { name: "x" }, null, { id: 3 }] }, "p"),
    ).toEqual([{ id: "m", ownedBy: "openai", created: 5 }]);
    const claude = { id: "claude", type: "model", display_name: "Claude", created_at: "2025-02-19T00:00:00Z" };
    expect(readModels({ data: [claude] }, "p")).toEqual([
      { id: "claude", ownedBy: "p", displayName: "Claude", created: 1_739_923_200 },
    ]);
    expect(readModels("nonsense", "p")).toEqual([]);
  });

  test("show a model in both shapes", () => {
    const model: ModelInfo = { id: "m", ownedBy: "o", created: 1_739_923_200 };
    expect(openaiModel(model)).toEqual({ id: "m", object: "model", created: 1_739_923_200, owned_by: "o" });
    expect(anthropicModel(model)).toEqual({
      type: "model",
      id: "m",
      display_name: "m",
      created_at: "2025-02-19T00:00:00Z",
    });
  });

  test.each([
    ["", ["abcde", false, "a", "e"]],
    ["limit=2", ["ab", true, "a", "b"]],
    ["limit=2&after_id=b", ["cd", true, "c", "d"]],
    ["limit=2&after_id=d", ["e", false, "e", "e"]],
    ["limit=2&before_id=d", ["bc", true, "b", "c"]],
    ["limit=9&before_id=b", ["a", false, "a", "a"]],
    ["after_id=e", ["", false, null, null]],
    ["limit=0", ["abcde", false, "a", "e"]],
  ])("page as Anthropic does: %p", (query, expected) => {
    expect(page(query)).toEqual(expected);
  });
});
