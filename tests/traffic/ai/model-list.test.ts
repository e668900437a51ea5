import { describe, expect, test } from "bun:test";
import {
  anthropicList,
  anthropicModel,
  googleList,
  googleModel,
  type ModelInfo,
  openaiModel,
  readModels,
} from "#src/traffic/ai/model-list.ts";

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

  test("read Cohere's shape, which is not Google's", () => {
    // Format: https://docs.cohere.com/reference/list-models
    const command = { name: "command-a", endpoints: ["chat"], context_length: 256_000, is_deprecated: false };
    expect(readModels({ models: [command], next_page_token: "" }, "p")).toEqual([{ id: "command-a", ownedBy: "p" }]);
  });

  test("read Google's shape, and show it again with all it says", () => {
    // Format: https://ai.google.dev/api/models
    const flash = {
      name: "models/gemini-x",
      displayName: "Gemini X",
      inputTokenLimit: 5,
      supportedGenerationMethods: ["a"],
    };
    const [model, ...others] = readModels({ models: [flash, { version: "1" }, null] }, "p");
    expect(others).toEqual([]);
    expect(model).toMatchObject({ id: "gemini-x", ownedBy: "p", displayName: "Gemini X" });
    expect(googleModel(model as ModelInfo)).toEqual(flash);
    expect(googleModel({ id: "m", ownedBy: "o", contextWindow: 9 })).toEqual({
      name: "models/m",
      displayName: "m",
      supportedGenerationMethods: ["generateContent", "countTokens"],
      inputTokenLimit: 9,
    });
  });

  test.each([
    ["", "abcde", undefined],
    ["pageSize=2", "ab", "b"],
    ["pageSize=2&pageToken=b", "cd", "d"],
    ["pageSize=2&pageToken=d", "e", undefined],
  ])("page as Google does: %p", (query, names, token) => {
    const list = googleList(models, new URLSearchParams(query));
    expect((list["models"] as { name: string }[]).map(({ name }) => name.slice(7)).join("")).toBe(names);
    expect(list["nextPageToken"]).toBe(token as string);
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
