import type { Rest } from "../../core/chat.ts";
import type { ResponseTarget } from "../../core/codec.ts";
import type { JsonObject } from "../../core/json.ts";
import type { ProtocolName } from "../../core/protocol.ts";
import type { Losses } from "../losses.ts";
import { wrapSeal } from "../seal.ts";
import { PROTOCOL, type WireMessage } from "./wire.ts";

/** What is known of an answer at its begin. */
export interface Head {
  readonly id?: string;
  readonly model?: string;
  readonly rest?: Rest;
}

/** The fields around an answer's content, each that the SDK's type demands. */
export function encodeHead(head: Head, target: ResponseTarget, losses: Losses): JsonObject {
  const message = {
    id: head.id ?? `msg_${target.id()}`,
    type: "message",
    role: "assistant",
    model: target.model ?? head.model ?? "",
    stop_sequence: null,
    stop_details: null,
    container: null,
    diagnostics: null,
  } satisfies WireMessage;
  return Object.assign({ ...message }, losses.rest(head.rest, ""));
}

/** A tool call without its input. Who calls is spelt out, as the SDK's type demands: the model, unless the call's `rest` says otherwise. */
export function encodeCallHead(
  call: { readonly id: string; readonly name: string; readonly kind: string; readonly rest?: Rest },
  path: string,
  losses: Losses,
): JsonObject {
  const type = call.kind === "server" ? "server_tool_use" : "tool_use";
  const block: JsonObject = { type, id: call.id, name: call.name, input: {}, caller: { type: "direct" } };
  return Object.assign(block, losses.rest(call.rest, path));
}

/** A vendor's seal over reasoning, as Claude's clients carry it. */
export function encodeSeal(seal: string, sealedBy: ProtocolName = PROTOCOL): string {
  return wrapSeal(PROTOCOL, sealedBy, seal);
}

/** What is told with the stop reason, if it is Claude's own. */
export function endFields(rest: Rest | undefined, losses: Losses): JsonObject {
  return rest?.protocol === PROTOCOL ? rest.fields : (losses.rest(rest, "choices[0]") ?? {});
}
