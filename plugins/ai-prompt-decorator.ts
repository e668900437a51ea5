import { z } from "zod";
import type { ChatMessage, Role } from "#src/core/chat.ts";
import { compileLinear } from "#src/core/linear-regex.ts";
import { type Call, definePlugin, type Plugin } from "#src/core/plugin.ts";
import { anyText, flag, text } from "#src/core/settings/scalars.ts";
import { list, makes, word } from "#src/core/settings/shapes.ts";
import { changedList, withWords } from "./ai/chat-texts.ts";

interface Options {
  readonly prepend: readonly Said[];
  readonly append: readonly Said[];
  readonly replace: readonly Rule[];
}

interface Said {
  readonly role: Exclude<Role, "tool">;
  readonly content: string;
}

interface Rule {
  readonly pattern: string;
  readonly replacement: string;
  readonly on_role?: Role | "";
  readonly regex: boolean;
}

const said = makes<Said>()(
  z.strictObject({
    role: word(["system", "developer", "user", "assistant"], "Who says it."),
    content: anyText(
      "What is said. `${geo-country}`, `${geo-province}`, `${geo-city}` and `${geo-isp}` stand for what the plugin geo-ip has found.",
    ),
  }),
);

const rule = makes<Rule>()(
  z.strictObject({
    pattern: text("The text to be replaced wherever it stands, or an expression."),
    replacement: anyText("What stands there instead. With an expression, `$1` or `${name}` stand for its groups."),
    on_role: word(
      ["system", "developer", "user", "assistant", "tool", ""],
      "Only in what this role says; empty: in everybody's.",
    ).exactOptional(),
    regex: flag("Whether `pattern` is a regular expression (RE2).").default(false),
  }),
);

const options = makes<Options>()(
  z.strictObject({
    prepend: list(said, "Messages before the client's.").default([]),
    append: list(said, "Messages after the client's.").default([]),
    replace: list(
      rule,
      "Replacements in the texts of all messages, those above included, one after the other.",
    ).default([]),
  }),
);

/** Higress' ai-prompt-decorator, for clients of every protocol. */
export const aiPromptDecorator: Plugin<Options> = definePlugin({
  name: "ai-prompt-decorator",
  summary: "Says something before and after what the client says, and replaces words in it.",
  phase: "UNSPECIFIED_PHASE",
  priority: 450,
  failStrategy: "FAIL_OPEN",
  options,
  async configure({ prepend, append, replace }) {
    const edits = await Promise.all(replace.map(compileRule));
    return {
      chatRequest(call, chat) {
        const before = prepend.map((one) => messageOf(one, call));
        const after = append.map((one) => messageOf(one, call));
        const all = before.length + after.length === 0 ? chat.messages : [...before, ...chat.messages, ...after];
        const messages = changedList(all, (message) => edits.reduce((edited, edit) => edit(edited), message));
        return messages === chat.messages ? undefined : { ...chat, messages };
      },
    };
  },
});

function messageOf({ role, content }: Said, call: Call): ChatMessage {
  const text = content.replaceAll(
    /\$\{(geo-(?:country|province|city|isp))\}/g,
    (_, name: string) => call.property(name) ?? "",
  );
  return { role, content: [{ type: "text", text }] };
}

async function compileRule({
  pattern,
  replacement,
  on_role: role,
  regex,
}: Rule): Promise<(message: ChatMessage) => ChatMessage> {
  const compiled = regex ? await compileLinear(pattern) : undefined;
  const said = (given: string): string =>
    compiled?.replace(given, replacement) ?? given.replaceAll(pattern, () => replacement);
  const any = role === undefined || role === "";
  return (message) => (any || message.role === role ? withWords(message, { said }) : message);
}
