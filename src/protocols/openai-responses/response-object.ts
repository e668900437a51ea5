/** The `Response` object, of which a whole answer consists and a stream's first and last events tell. */
import type { ChatResponse } from "../../core/chat.ts";
import type { ResponseTarget } from "../../core/codec.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import { Losses } from "../losses.ts";
import { writeRest } from "../rest.ts";
import { instructionsOf } from "./input-encode.ts";
import { writeOptions } from "./request-encode.ts";
import { PROTOCOL } from "./wire.ts";

/** What an answer repeats of its request, with the vendor's defaults. */
const ECHO: JsonObject = {
  background: false,
  conversation: null,
  instructions: null,
  max_output_tokens: null,
  max_tool_calls: null,
  metadata: {},
  parallel_tool_calls: true,
  previous_response_id: null,
  prompt_cache_key: null,
  reasoning: { effort: null, summary: null },
  safety_identifier: null,
  store: true,
  temperature: null,
  text: { format: { type: "text" } },
  tool_choice: "auto",
  tools: [],
  top_logprobs: 0,
  top_p: null,
  truncation: "disabled",
  user: null,
};

/** The parts of {@link ECHO} that a request may give in part. */
const PARTS = new Set(["reasoning", "text"]);

function echo({ request }: ResponseTarget): JsonObject {
  if (request === undefined) return { ...ECHO };
  const said: JsonObject = {};
  // What is lost of a request is told where it is sent on, not where it is repeated.
  writeOptions(said, request, request.model, new Losses(PROTOCOL));
  const instructions = instructionsOf(request.messages);
  if (instructions !== undefined) said.instructions = instructions;
  const repeated: JsonObject = {};
  for (const key of Object.keys(ECHO)) {
    const value = (said[key] ?? ECHO[key]) as Json;
    repeated[key] = PARTS.has(key) ? { ...(ECHO[key] as JsonObject), ...(value as JsonObject) } : value;
  }
  return repeated;
}

/** How an answer begins. */
export type Head = Pick<ChatResponse, "id" | "model" | "created" | "rest">;

/** OpenAI's ids begin with `resp_`; those of other vendors are marked, so that they are told from objects of other kinds. */
function idOf(id: string | undefined, base: string): string {
  if (id === undefined) return `resp_${base}`;
  return id.startsWith("resp_") ? id : `resp_${id}`;
}

/** The answer's fields but for its output and how it ended. `base` makes up for an id that the upstream did not give. */
export function responseHead(head: Head, target: ResponseTarget, base: string, losses: Losses): JsonObject {
  const wire: JsonObject = {
    id: idOf(target.ownId === true ? undefined : head.id, base),
    object: "response",
    created_at: head.created ?? Math.floor(target.now() / 1000),
    model: target.model ?? head.model ?? "",
  };
  writeRest(wire, head.rest, "", losses);
  return { ...echo(target), ...wire };
}
