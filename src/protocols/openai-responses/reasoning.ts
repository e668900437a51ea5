/** Reasoning: how much of it is asked for, and the items that carry it. */
import type { ReasoningOptions, ReasoningPart, Rest } from "../../core/chat.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import type { ProtocolName } from "../../core/protocol.ts";
import { oneOf, optional } from "../fields.ts";
import type { Losses } from "../losses.ts";
import { effortOf, isEffort } from "../reasoning-effort.ts";
import { restOf } from "../rest.ts";
import { readSeal } from "../seal.ts";
import { objects, PROTOCOL, textOf } from "./wire.ts";

type Draft = { -readonly [K in keyof ReasoningOptions]: ReasoningOptions[K] };
type Display = NonNullable<ReasoningOptions["display"]>;

const SUMMARIES: ReadonlySet<"auto" | "concise" | "detailed"> = new Set(["auto", "concise", "detailed"] as const);

/** What a request says of reasoning. An effort of a vendor's own is left to `rest`. */
export function decodeReasoningOptions(body: JsonObject): ReasoningOptions | undefined {
  const reasoning = optional(body.reasoning, "object", "reasoning");
  if (reasoning === undefined) return undefined;
  const draft: Draft = {};
  const effort = optional(reasoning.effort, "string", "reasoning.effort");
  if (effort !== undefined && isEffort(effort)) draft.effort = effort;
  const summary = reasoning.summary ?? reasoning.generate_summary;
  if (summary !== undefined && summary !== null) {
    const word = oneOf(summary, SUMMARIES, "reasoning.summary");
    draft.display = word === "auto" ? "summarized" : word;
  }
  return Object.keys(draft).length === 0 ? undefined : draft;
}

const WORDS: Readonly<Record<Display, string | undefined>> = {
  omitted: undefined,
  summarized: "auto",
  concise: "concise",
  detailed: "detailed",
};

/** The `reasoning` object of a request; undefined when there is nothing to say. */
export function encodeReasoningOptions(options: ReasoningOptions, losses: Losses): JsonObject | undefined {
  const effort = effortFor(options, losses);
  const summary = options.display === undefined ? undefined : WORDS[options.display];
  if (effort === undefined && summary === undefined) return undefined;
  return { ...(effort === undefined ? {} : { effort }), ...(summary === undefined ? {} : { summary }) };
}

function effortFor({ mode, effort, budgetTokens }: ReasoningOptions, losses: Losses): string | undefined {
  if (effort !== undefined) {
    if (budgetTokens !== undefined) losses.dropped("reasoning.budget_tokens", "the effort says it");
    return effort;
  }
  if (mode === "disabled" || mode === "adaptive") {
    // Not "none": most of OpenAI's models refuse it, while without a word those that do not reason do not.
    losses.approximated("reasoning.mode", "left to the model");
    return undefined;
  }
  if (budgetTokens !== undefined) {
    losses.approximated("reasoning.budget_tokens", "told as an effort");
    return effortOf(budgetTokens);
  }
  if (mode !== "enabled") return undefined;
  losses.approximated("reasoning.mode", "told as medium effort");
  return "medium";
}

const KNOWN = new Set(["type", "summary", "content", "encrypted_content", "status"]);

/** What an item of type `reasoning` says, but for its seal. */
export interface ReasoningText {
  readonly text: string;
  /** Its id, and a null `summary` when the text is the reasoning itself (`content`); nulls are nobody's loss. */
  readonly rest: Rest | undefined;
}

/** Between the parts of a summary, where other protocols have one text. */
export const BETWEEN = "\n\n";

/** Reads an item's text: the summary, without one the reasoning itself. */
export function reasoningText(item: JsonObject): ReasoningText {
  const summary = joined(item.summary);
  const content = joined(item.content);
  const fields: JsonObject = { ...restOf(PROTOCOL, item, KNOWN)?.fields };
  if (content !== "" && summary === "") fields.summary = null;
  else if (content !== "") fields.content = item.content as Json;
  const rest = Object.keys(fields).length === 0 ? undefined : ({ protocol: PROTOCOL, fields } as const);
  return { text: summary === "" ? content : summary, rest };
}

function joined(parts: Json | undefined): string {
  return objects(parts)
    .map(({ text }) => textOf(text) ?? "")
    .join(BETWEEN);
}

/** The seal in the field it has in the canonical form, which depends on whether there is a text. */
export function sealFields(
  text: string,
  value: string,
  sealedBy: ProtocolName,
): Pick<ReasoningPart, "signature" | "redacted" | "sealedBy"> {
  return text === "" ? { redacted: value, sealedBy } : { signature: value, sealedBy };
}

/** A reasoning item that a client sends back. */
export function decodeReasoningItem(item: JsonObject): ReasoningPart {
  const { text, rest } = reasoningText(item);
  const encrypted = textOf(item.encrypted_content);
  const seal = encrypted === undefined ? undefined : readSeal(PROTOCOL, encrypted);
  // The id beside another vendor's seal is one that the gateway gave.
  const kept = seal === undefined || seal.sealedBy === PROTOCOL ? rest : withoutId(rest);
  return {
    type: "reasoning",
    text,
    ...(seal === undefined ? {} : sealFields(text, seal.value, seal.sealedBy)),
    ...(kept === undefined ? {} : { rest: kept }),
  };
}

function withoutId(rest: Rest | undefined): Rest | undefined {
  if (rest === undefined) return undefined;
  const { id: _, ...fields } = rest.fields;
  return Object.keys(fields).length === 0 ? undefined : { ...rest, fields };
}

/**
 * Earlier reasoning as an item of a request; undefined when it means nothing to this vendor, who takes only what it can look up by its id
 * or decrypt.
 */
export function encodeReasoningItem(part: ReasoningPart, path: string, losses: Losses): JsonObject | undefined {
  const seal = part.signature ?? part.redacted;
  const own = seal !== undefined && part.sealedBy === PROTOCOL ? seal : undefined;
  const id = idIn(part.rest);
  if (own === undefined && (seal !== undefined || part.rest?.protocol !== PROTOCOL || id === undefined)) {
    losses.dropped(path, "reasoning without a seal of this vendor's");
    return undefined;
  }
  const wire: JsonObject = { ...(id === undefined ? {} : { id }), ...reasoningBody(part) };
  if (own !== undefined) wire.encrypted_content = own;
  // Another protocol carries the id as its own field's rest; it was read above.
  if (part.rest?.protocol === PROTOCOL) addOwn(wire, part.rest.fields);
  return wire;
}

/** OpenAI's id of the reasoning, in whichever protocol's `rest` it came back. */
function idIn(rest: Rest | undefined): string | undefined {
  const id = textOf(rest?.fields.id);
  return id !== undefined && (rest?.protocol === PROTOCOL || id.startsWith("rs_")) ? id : undefined;
}

function addOwn(wire: JsonObject, fields: JsonObject): void {
  for (const key of Object.keys(fields)) wire[key] ??= fields[key] as Json;
}

/** Whether the text is the reasoning itself, and not a summary of it. */
export function isContent(rest: Rest | undefined): boolean {
  return rest?.protocol === PROTOCOL && rest.fields.summary === null;
}

/** An item's type and text. */
export function reasoningBody({ text, rest }: Pick<ReasoningPart, "text" | "rest">): JsonObject {
  if (text !== "" && isContent(rest)) {
    return { type: "reasoning", summary: [], content: [{ type: "reasoning_text", text }] };
  }
  return { type: "reasoning", summary: text === "" ? [] : [{ type: "summary_text", text }] };
}
