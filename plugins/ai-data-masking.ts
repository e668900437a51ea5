import { z } from "zod";
import type { JSONPathQuery } from "json-p3";
import type { ChatEvent, ChatRequest } from "#src/core/chat.ts";
import {
  type BodyVerdict,
  type Bytes,
  type Call,
  type ChatVerdict,
  type ChunkVerdict,
  definePlugin,
  type HookName,
  type Hooks,
  LocalReply,
  type Plugin,
} from "#src/core/plugin.ts";
import type { PluginHost } from "#src/core/plugin-host.ts";
import { anyText, flag, integer, text } from "#src/core/settings/scalars.ts";
import { list, makes, word } from "#src/core/settings/shapes.ts";
import { AnswerEditor } from "./masking/answer.ts";
import { maskedChat, wordInChat } from "./masking/chat.ts";
import { compileMasker, type Masker, type MaskRule, type Masks } from "./masking/masker.ts";
import { isChatPath } from "./masking/chat-places.ts";
import { isChat, maskedBody, maskedChatBody, RawAnswer } from "./masking/raw.ts";
import { Restorer } from "./masking/restorer.ts";
import { WordFinder } from "./masking/word-finder.ts";

interface Options {
  readonly deny_openai: boolean;
  readonly deny_jsonpath: readonly string[];
  readonly deny_raw: boolean;
  readonly system_deny: boolean;
  readonly deny_code: number;
  readonly deny_message: string;
  readonly deny_raw_message: string;
  readonly deny_content_type: string;
  readonly deny_words: readonly string[];
  readonly replace_roles: readonly MaskRule[];
  readonly skip_response: boolean;
}

const role = makes<MaskRule>()(
  z.strictObject({
    regex: text(
      "What is masked: a regular expression (RE2), in which `%{NAME}` and `%{NAME:group}` stand for GROK patterns.",
    ),
    type: word(["replace", "hash"], "Masked by `value`, or by the SHA-256 of what stands there, in hexadecimal."),
    restore: flag("Whether the answer gets back what was masked.").default(false),
    value: anyText("The mask; `$1` and `$group` stand for groups.").default(""),
  }),
);

const BLOCKED = "Sensitive words found in the question or answer have been blocked";

const options = makes<Options>()(
  z.strictObject({
    deny_openai: flag("Looks at chats, of clients of every protocol.").default(true),
    deny_jsonpath: list(text("A JSONPath (RFC 9535)."), "Looks at these places of other JSON requests.").default([]),
    deny_raw: flag("Looks at the whole bodies of all other requests and answers.").default(false),
    system_deny: flag("Higress' built-in words. There are none here: an error.").default(false),
    deny_code: integer(
      "The status of what is blocked; from 400 on chats get an error in place of an answer.",
      200,
      599,
    ).default(200),
    deny_message: anyText("What a chat is told when it is blocked.").default(BLOCKED),
    deny_raw_message: anyText("The body when other requests or answers are blocked.").default(
      JSON.stringify({ errmsg: BLOCKED }),
    ),
    deny_content_type: text("Its content type.").default("application/json"),
    deny_words: list(
      anyText("A word; or several, a line each."),
      "Words that neither client nor model may say.",
    ).default([]),
    replace_roles: list(role, "What is masked in requests, one rule after the other.").default([]),
    skip_response: flag("Leaves answers alone: nothing is put back, no word is looked for.").default(false),
  }),
);

/** Higress' ai-data-masking, for clients of every protocol. */
export const aiDataMasking: Plugin<Options> = definePlugin({
  name: "ai-data-masking",
  summary: "Masks data on the way to models, puts it back into their answers, and blocks words in both.",
  phase: "AUTHN",
  priority: 991,
  failStrategy: "FAIL_CLOSE",
  options,
  async configure(settings, host) {
    if (settings.system_deny) {
      throw new Error("system_deny: there is no built-in list of words; put one's own into deny_words");
    }
    const rules: Rules = {
      settings,
      host,
      words: new WordFinder(settings.deny_words.flatMap((entry) => entry.split("\n").map((line) => line.trim()))),
      masker: await compileMasker(settings.replace_roles),
      paths: await compilePaths(settings.deny_jsonpath),
    };
    return { hooks: ALL_HOOKS, open: (call) => hooksFor(new Masking(call, rules), hooksAt(call, rules)) };
  },
});

interface Rules {
  readonly settings: Options;
  readonly host: PluginHost;
  readonly words: WordFinder;
  readonly masker: Masker;
  readonly paths: readonly JSONPathQuery[];
}

const ALL_HOOKS = ["requestBody", "chatRequest", "chatEvent", "responseChunk"] as const satisfies readonly HookName[];

/** Only what can come to something: everything else stays a stream that nobody takes apart. */
function hooksAt({ route, request }: Call, { settings, words, masker, paths }: Rules): readonly HookName[] {
  const { deny_openai: chats, deny_raw: raw, skip_response: skip } = settings;
  const answers = !skip && (words.size > 0 || masker.restores);
  const bodies = raw || paths.length > 0 || (chats && !route.ai && isChatPath(request.path));
  const wanted: Readonly<Record<(typeof ALL_HOOKS)[number], boolean>> = {
    requestBody: bodies,
    chatRequest: chats,
    chatEvent: chats && answers,
    responseChunk: bodies && answers,
  };
  return words.size === 0 && masker.size === 0 ? [] : ALL_HOOKS.filter((name) => wanted[name]);
}

async function compilePaths(paths: readonly string[]): Promise<readonly JSONPathQuery[]> {
  if (paths.length === 0) return [];
  const { compile } = await import("json-p3");
  return paths
    .filter((path) => path !== "")
    .map((path) => {
      try {
        return compile(path);
      } catch (error) {
        throw new Error(`deny_jsonpath: ${path} is no JSONPath: ${error instanceof Error ? error.message : ""}`, {
          cause: error,
        });
      }
    });
}

function hooksFor(masking: Masking, names: readonly HookName[]): Hooks {
  const all: Hooks = {
    requestBody: (_, body) => masking.body(body),
    chatRequest: (_, chat) => masking.chat(chat),
    chatEvent: (_, event) => masking.event(event),
    responseChunk: (_, chunk, last) => masking.chunk(chunk, last),
  };
  return Object.fromEntries(Object.entries(all).filter(([name]) => names.some((one) => one === name)));
}

/** One request, and what was masked in it. */
class Masking {
  readonly #call: Call;
  readonly #rules: Rules;
  readonly #masks: Masks = new Map();
  #editor: AnswerEditor | undefined;
  /** The request was no chat, and was looked at. */
  #raw = false;
  /** It was a chat after all, on a route that speaks no AI. */
  #chatBody = false;
  #answer: RawAnswer | undefined;

  constructor(call: Call, rules: Rules) {
    this.#call = call;
    this.#rules = rules;
  }

  body(bytes: Bytes): BodyVerdict {
    const { settings, words, masker, paths } = this.#rules;
    const { ai } = this.#call.route;
    const chat = settings.deny_openai && isChat(bytes, this.#call.request.path);
    if (ai && chat) return undefined;
    this.#raw = true;
    const masked = chat
      ? maskedChatBody(bytes, { words, masker }, this.#masks)
      : maskedBody(bytes, { words, masker, paths, raw: settings.deny_raw }, this.#masks);
    this.#chatBody = chat;
    if (masked === undefined) return undefined;
    if ("bytes" in masked) return masked.bytes;
    this.#blocked(masked.word);
    return LocalReply.respond(settings.deny_code, settings.deny_raw_message, {
      headers: [["content-type", settings.deny_content_type]],
      reason: BLOCKED_REASON,
    });
  }

  chat(chat: ChatRequest): ChatVerdict {
    const { settings, words, masker } = this.#rules;
    const found = words.size === 0 ? undefined : wordInChat(chat, words);
    if (found === undefined) return maskedChat(chat, masker, this.#masks);
    this.#blocked(found);
    const { deny_code: code, deny_message: message } = settings;
    return code < 400
      ? LocalReply.chat(message, "content-filter", { reason: BLOCKED_REASON })
      : LocalReply.refuse(code, message, { reason: BLOCKED_REASON });
  }

  event(event: ChatEvent): readonly ChatEvent[] {
    // Another provider's answer, after one that failed.
    if (event.type === "start") this.#editor = undefined;
    this.#editor ??= new AnswerEditor({
      words: this.#rules.words,
      restorer: this.#restorer(),
      denial: this.#rules.settings.deny_message,
      whole: this.#call.record.stream !== true,
      denied: (word) => this.#blocked(word),
    });
    return this.#editor.step(event);
  }

  chunk(chunk: Uint8Array, last: boolean): ChunkVerdict {
    if (!this.#raw) return undefined;
    this.#answer ??= new RawAnswer(this.#call.response?.headers.get("content-type") ?? "", {
      // Paths are those of requests: of answers only the whole is looked at, if that is wanted.
      words: this.#rules.settings.deny_raw || this.#chatBody ? this.#rules.words : NO_WORDS,
      restorer: this.#restorer(),
      denial: this.#rules.settings.deny_raw_message,
      denied: (word) => this.#blocked(word),
    });
    return this.#answer.chunk(chunk, last);
  }

  #restorer(): Restorer {
    return new Restorer(
      Array.from(this.#masks).flatMap(([mask, original]) => (original === undefined ? [] : [[mask, original]])),
    );
  }

  /** The word is the configuration's own; the text it was found in stays untold. */
  #blocked(word: string): void {
    this.#rules.host.log("warn", "A word of deny_words was found.", { word, request: this.#call.id });
    this.#call.setProperty("log.ai-data-masking", "blocked");
  }
}

const NO_WORDS = new WordFinder([]);
const BLOCKED_REASON = "ai-data-masking.blocked";
