import { afterAll, afterEach, beforeEach, expect, test } from "bun:test";
import type Anthropic from "@anthropic-ai/sdk";
import type OpenAI from "openai";
import { openStage } from "#tests/support/stage.ts";

const stage = await openStage();
const { upstream, openai, claude } = stage;

const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const URL = "https://example.com/cat.png";
const PDF = "JVBERi0xLjQKJUVPRgo=";

beforeEach(() => upstream.reset());
afterEach(() => expect(upstream.refusals).toEqual([]));
afterAll(() => stage.close());

function lastContent(): unknown[] {
  const messages = upstream.last.json.messages as { content: unknown[] }[];
  return messages.at(-1)?.content ?? [];
}

test("images of OpenAI's client reach Claude", async () => {
  const content: OpenAI.ChatCompletionContentPart[] = [
    { type: "text", text: "What is this?" },
    { type: "image_url", image_url: { url: `data:image/png;base64,${PIXEL}` } },
    { type: "image_url", image_url: { url: URL } },
    { type: "file", file: { filename: "a.pdf", file_data: `data:application/pdf;base64,${PDF}` } },
  ];
  await openai.chat.completions.create({ model: "claude/x", messages: [{ role: "user", content }] });
  expect(lastContent()).toMatchObject([
    { type: "text", text: "What is this?" },
    { type: "image", source: { type: "base64", media_type: "image/png", data: PIXEL } },
    { type: "image", source: { type: "url", url: URL } },
    { type: "document", source: { type: "base64", media_type: "application/pdf", data: PDF } },
  ]);
});

test("images of Claude's client reach OpenAI", async () => {
  const content: Anthropic.ContentBlockParam[] = [
    { type: "image", source: { type: "base64", media_type: "image/png", data: PIXEL } },
    { type: "image", source: { type: "url", url: URL } },
    { type: "document", title: "a.pdf", source: { type: "base64", media_type: "application/pdf", data: PDF } },
    { type: "text", text: "What is this?" },
  ];
  await claude.messages.create({ model: "openai/x", max_tokens: 50, messages: [{ role: "user", content }] });
  expect(lastContent()).toMatchObject([
    { type: "image_url", image_url: { url: `data:image/png;base64,${PIXEL}` } },
    { type: "image_url", image_url: { url: URL } },
    { type: "file", file: { file_data: `data:application/pdf;base64,${PDF}` } },
    { type: "text", text: "What is this?" },
  ]);
});
