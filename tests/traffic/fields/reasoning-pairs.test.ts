/** What becomes of reasoning, for every protocol of a client and of a provider, in streams and in whole answers. */
import { describe, expect, test } from "bun:test";
import { fold } from "#src/core/chat-fold.ts";
import { type Reducer, start, type Stepper } from "#src/core/codec.ts";
import type { ChatEvent } from "#src/core/chat.ts";
import type { JsonObject } from "#src/core/json.ts";
import { type ClientProtocol, PROTOCOLS } from "#src/core/protocol.ts";
import { codecFor } from "#src/protocols/index.ts";
import { editedEvents } from "#src/traffic/ai/chat-edits.ts";
import { Converting } from "#src/traffic/ai/stream-work.ts";
import { promoteThinking } from "#src/traffic/fields/promote-thinking.ts";
import { reasoningContent } from "#src/traffic/fields/reasoning-content.ts";
import { atOnce } from "#tests/support/at-once.ts";
import { anthropicBody, anthropicFrames } from "#tests/support/upstream/anthropic-answer.ts";
import { FLAVOURS } from "#tests/support/upstream/flavour.ts";
import { geminiBody, geminiFrames } from "#tests/support/upstream/gemini-answer.ts";
import { openaiBody, openaiFrames } from "#tests/support/upstream/openai-answer.ts";
import { responsesBody, responsesFrames } from "#tests/support/upstream/openai-responses-answer.ts";
import type { Answer } from "#tests/support/upstream/script.ts";

const DEEPSEEK = FLAVOURS["deepseek"] ?? { name: "deepseek", strict: false, needsKey: false };
const WHOLE: Readonly<Record<ClientProtocol, (answer: Answer) => JsonObject>> = {
  "openai-chat": (answer) => openaiBody(answer, "m", DEEPSEEK),
  "openai-responses": (answer) => responsesBody(answer, "m"),
  "anthropic-messages": (answer) => anthropicBody(answer, "m"),
  gemini: (answer) => geminiBody(answer, "m"),
};
const FRAMES: Readonly<Record<ClientProtocol, (answer: Answer) => readonly string[]>> = {
  "openai-chat": (answer) => openaiFrames(answer, "m", true, DEEPSEEK),
  "openai-responses": (answer) => responsesFrames(answer, "m"),
  "anthropic-messages": (answer) => anthropicFrames(answer, "m"),
  gemini: (answer) => geminiFrames(answer, "m"),
};

const thought = { type: "thinking", text: "Hm, snow.", signature: "c2lnbmVk" } as const;
const BOTH: Answer = { parts: [thought, { type: "text", text: "Looking out." }] };
const ONLY: Answer = { parts: [thought] };
const TARGET = {
  includeUsage: true,
  now: () => 0,
  id: () => "id",
  request: { model: "m", messages: [], stream: true },
};

type Edit = () => Stepper<ChatEvent, ChatEvent>;
const ignore: Edit = () => start(reasoningContent("ignore"));
const concat: Edit = () => start(reasoningContent("concat"));
const promote: Edit = () => start(promoteThinking);

interface Told {
  readonly reasoning: string;
  readonly text: string;
}

/** What a client of a protocol reads in an answer: its events, by the protocol's own decoder. */
function toldBy(events: readonly ChatEvent[]): Told {
  const content = fold(events).choices[0]?.content ?? [];
  const of = (type: "reasoning" | "text") => content.map((part) => (part.type === type ? part.text : "")).join("");
  return { reasoning: of("reasoning"), text: of("text") };
}

async function whole(from: ClientProtocol, to: ClientProtocol, answer: Answer, edit: Edit): Promise<Told> {
  const decoded = codecFor(from).response.decode(WHOLE[from](answer));
  const { value } = codecFor(to).response.encode(fold(await editedEvents(decoded, { answer: edit })), TARGET);
  return toldBy(codecFor(to).response.decode(value));
}

async function streamed(from: ClientProtocol, to: ClientProtocol, answer: Answer, edit: Edit): Promise<Told> {
  const bytes = new TextEncoder().encode(FRAMES[from](answer).join(""));
  const work = new Converting(from, to, TARGET, { editor: edit(), clean: (fault) => fault });
  const out = [...bytes].map((_, at) => atOnce(work.push(bytes.subarray(at, at + 1))));
  const text = [...out, await work.end()].map((part) => new TextDecoder().decode(part)).join("");
  const back = new Converting(to, to, TARGET, { editor: collecting(), clean: (fault) => fault });
  await back.push(new TextEncoder().encode(text));
  await back.end();
  return toldBy(collected);
}

let collected: ChatEvent[] = [];

/** Keeps the events that go through. */
function collecting(): Stepper<ChatEvent, ChatEvent> {
  collected = [];
  const keep: Reducer<ChatEvent[], ChatEvent, ChatEvent> = {
    init: () => collected,
    step(state, event) {
      state.push(event);
      return [event];
    },
    end: () => [],
  };
  return start(keep);
}

describe.each([...PROTOCOLS])("from %s", (from) => {
  describe.each([...PROTOCOLS])("to %s", (to) => {
    describe.each([
      ["whole", whole],
      ["streamed", streamed],
    ] as const)("%s", (_, ask) => {
      test("ignore leaves it out", async () => {
        expect(await ask(from, to, BOTH, ignore)).toEqual({ reasoning: "", text: "Looking out." });
      });

      test("concat puts it before the text", async () => {
        const text = "<think>Hm, snow.</think>\nLooking out.";
        expect(await ask(from, to, BOTH, concat)).toEqual({ reasoning: "", text });
      });

      test("promote makes it the text when there is none, and else leaves it", async () => {
        expect(await ask(from, to, ONLY, promote)).toEqual({ reasoning: "", text: "Hm, snow." });
        expect(await ask(from, to, BOTH, promote)).toEqual({ reasoning: "Hm, snow.", text: "Looking out." });
      });
    });
  });
});
