import type { ChatRequest } from "#src/core/chat.ts";
import { changedList, withWords, type WordEdit } from "../ai/chat-texts.ts";
import type { Masker, Masks } from "./masker.ts";
import type { WordFinder } from "./word-finder.ts";

/**
 * A conversation with its words masked, earlier turns included: their answers were given with the words put back. Thoughts too, which so
 * become again what the vendor has signed. The same object when nothing is masked.
 */
export function maskedChat(chat: ChatRequest, masker: Masker, masks: Masks): ChatRequest {
  const mask = (text: string): string => masker.mask(text, masks);
  const edit: WordEdit = {
    said: mask,
    thought: mask,
    input: (text, kind) => (kind === "custom" ? mask(text) : masker.maskJson(text, masks)),
  };
  const messages = changedList(chat.messages, (message) => withWords(message, edit));
  return messages === chat.messages ? chat : { ...chat, messages };
}

/** The first of these words in what was said or thought. */
export function wordInChat(chat: ChatRequest, words: WordFinder): string | undefined {
  let found: string | undefined;
  const look = (text: string): string => {
    found ??= words.find(text);
    return text;
  };
  for (const message of chat.messages) withWords(message, { said: look, thought: look });
  return found;
}
