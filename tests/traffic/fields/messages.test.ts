import { describe, expect, test } from "bun:test";
import type { ChatMessage, ChatRequest, ContentPart, Role } from "#src/core/chat.ts";
import { cleanedUp } from "#src/traffic/fields/clean-up.ts";
import { withContext } from "#src/traffic/fields/context-message.ts";
import { merged } from "#src/traffic/fields/merge-messages.ts";

const text = (words: string): ContentPart => ({ type: "text", text: words });
const call: ContentPart = { type: "tool-call", id: "c", name: "f", input: "{}", kind: "function" };
const image: ContentPart = { type: "media", kind: "image", source: { type: "url", url: "https://e.test/a.png" } };

function said(role: Role, ...content: readonly (string | ContentPart)[]): ChatMessage {
  return { role, content: content.map((part) => (typeof part === "string" ? text(part) : part)) };
}

function chat(...messages: readonly ChatMessage[]): ChatRequest {
  return { model: "m", stream: false, messages };
}

describe("contextCleanupCommands", () => {
  const commands = new Set(["/clear", "清理"]);

  test("forget what stands before the last of them, but not what the system said", () => {
    const before = [said("system", "s1"), said("user", "/clear"), said("assistant", "a"), said("developer", "d")];
    const after = [said("system", "s2"), said("user", "now")];
    const cleaned = cleanedUp(chat(...before, said("user", "清理"), ...after), commands);
    expect(cleaned.messages).toEqual([said("system", "s1"), said("developer", "d"), ...after]);
  });

  test("are the whole text of a user's message, parts of it put together", () => {
    expect(cleanedUp(chat(said("user", "a"), said("user", "/cl", "ear")), commands).messages).toEqual([]);
    for (const other of [said("user", "/clear "), said("assistant", "/clear"), said("user", "/clear", image)]) {
      const given = chat(said("user", "a"), other);
      expect(cleanedUp(given, commands)).toBe(given);
    }
  });
});

describe("mergeConsecutiveMessages", () => {
  test("joins texts with a blank line, and all other parts one after the other", () => {
    const given = chat(
      said("user", "a"),
      said("user", "b"),
      said("user", image),
      said("user", "c", "d"),
      said("assistant", "e", call),
      said("assistant", call),
      { role: "tool", content: [] },
      { role: "tool", content: [] },
      said("user", "f"),
    );
    expect(merged(given).messages).toEqual([
      said("user", "a\n\nb", image, "c", "d"),
      said("assistant", "e", call, call),
      { role: "tool", content: [] },
      { role: "tool", content: [] },
      said("user", "f"),
    ]);
  });

  test("a text that is marked keeps its mark", () => {
    const marked: ContentPart = { type: "text", text: "a", cacheControl: { type: "ephemeral" } };
    expect(merged(chat(said("user", marked), said("user", "b"))).messages).toEqual([said("user", marked, "b")]);
  });

  test("leaves turns, the system's messages and two participants alone", () => {
    const given = chat(
      said("system", "s"),
      said("system", "t"),
      { ...said("user", "a"), name: "x" },
      { ...said("user", "b"), name: "y" },
      said("assistant", "c"),
    );
    expect(merged(given)).toBe(given);
  });

  test("fields that belong to one message alone stay with it", () => {
    const rest = { protocol: "openai-chat", fields: { audio: { id: "1" } } } as const;
    const one = { ...said("assistant", "a"), rest };
    expect(merged(chat(said("assistant", "b"), one)).messages).toEqual([{ ...said("assistant", "b\n\na"), rest }]);
    const two = chat(one, one);
    expect(merged(two)).toBe(two);
  });
});

describe("context", () => {
  test("stands before the first message that is not the system's", () => {
    const given = chat(said("system", "s"), said("developer", "d"), said("user", "u"), said("system", "late"));
    expect(withContext(given, "ctx").messages).toEqual([
      said("system", "s"),
      said("developer", "d"),
      said("system", "ctx"),
      said("user", "u"),
      said("system", "late"),
    ]);
    expect(withContext(chat(said("user", "u")), "ctx").messages[0]).toEqual(said("system", "ctx"));
    expect(withContext(chat(said("system", "s")), "ctx").messages[1]).toEqual(said("system", "ctx"));
  });

  test("an empty file says nothing", () => {
    const given = chat(said("user", "u"));
    expect(withContext(given, "")).toBe(given);
  });
});
