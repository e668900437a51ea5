import type { ChatEvent, ChatRequest } from "../../core/chat.ts";
import type { AccessRecord, Connection } from "../../core/exchange.ts";
import type { Header } from "../../core/header-list.ts";
import type { Json } from "../../core/json.ts";
import type { CallRoute, HookName } from "../../core/plugin.ts";
import type { WrittenOptions } from "../kind.ts";

/** What gateway and process tell each other. Bytes are in a frame's blobs, one after the other. */

/** To the process. */
export type ToProcess =
  /** First of all, once. Blobs: whatever the maker is given. */
  | { readonly kind: "make"; readonly maker: string; readonly given: Json }
  | {
      readonly kind: "configure";
      readonly config: number;
      readonly name: string;
      readonly hasRules: boolean;
      readonly options: WrittenOptions;
    }
  | { readonly kind: "close"; readonly config: number }
  /** Blobs: a body, if the hook has one. */
  | HookMessage
  /** Nobody waits for the hook any more. Answered at once, unless the process is stuck. */
  | { readonly kind: "cancel"; readonly id: number }
  /** A request is over. */
  | { readonly kind: "over"; readonly config: number; readonly request: number; readonly call: CallSnapshot }
  | AnswerMessage;

/** A hook is to be called. */
export interface HookMessage {
  readonly kind: "hook";
  readonly id: number;
  readonly config: number;
  /** Tells requests apart: hooks may share a state. */
  readonly request: number;
  readonly hook: Exclude<HookName, "done">;
  readonly call: CallSnapshot;
  readonly chat?: ChatRequest;
  readonly event?: ChatEvent;
  readonly last?: boolean;
}

/** What the host says to a question. Blobs: whatever the answer has. */
export type AnswerMessage =
  | { readonly kind: "answer"; readonly id: number; readonly value: Json }
  | { readonly kind: "answer"; readonly id: number; readonly error: WireError };

/** From the process. */
export type FromProcess =
  | { readonly kind: "made"; readonly error?: string }
  /** `stateful`: hooks that share a state for the time of a request. */
  | {
      readonly kind: "configured";
      readonly config: number;
      readonly hooks: readonly HookName[];
      readonly stateful: boolean;
    }
  | { readonly kind: "refused"; readonly config: number; readonly error: string }
  /** What became of a hook. Blobs: a body, if the verdict has one. `hooks`: those that the request has from now on. */
  | {
      readonly kind: "verdict";
      readonly id: number;
      readonly verdict: WireVerdict;
      readonly edits: readonly Edit[];
      readonly hooks: readonly HookName[];
    }
  | { readonly kind: "thrown"; readonly id: number; readonly error: string; readonly edits: readonly Edit[] }
  | { readonly kind: "cancelled"; readonly id: number }
  /** Nothing more comes of a request that is over. */
  | { readonly kind: "left"; readonly request: number; readonly edits: readonly Edit[] }
  /** A question to the host. `sync`: the process stands still until it is answered. Blobs: whatever the arguments have. */
  | QuestionMessage;

/** A question to the host, or without an `id` something it is told. */
export interface QuestionMessage {
  readonly kind: "ask";
  readonly id?: number;
  readonly sync: boolean;
  readonly config: number;
  /** The request that it is about, if it is about one. */
  readonly request?: number;
  readonly edits: readonly Edit[];
  readonly method: string;
  readonly args: readonly Json[];
}

/** A request, and its answer if there is one, as they are when a hook is called. */
export interface CallSnapshot {
  readonly id: string;
  readonly request: {
    readonly method: string;
    readonly host: string;
    readonly path: string;
    readonly search: string;
    readonly headers: readonly Header[];
    readonly hasBody?: boolean;
  };
  readonly response?: { readonly status: number; readonly headers: readonly Header[] };
  readonly route: CallRoute;
  readonly connection: Pick<Connection, "remoteAddress" | "secure">;
  readonly consumer?: string;
  readonly record: Readonly<AccessRecord>;
}

/** Something that a plugin changed: what, and its new value; null deletes. */
export type Edit = readonly [what: string, ...values: (string | null)[]];

/** What a hook says. */
export type WireVerdict =
  | { readonly is: "nothing" }
  | { readonly is: "pass-body" }
  | { readonly is: "stream-body" }
  | { readonly is: "bytes" }
  | {
      readonly is: "reply";
      readonly status: number;
      readonly headers: readonly Header[];
      readonly refusal: boolean;
      readonly reason?: string;
      readonly finish?: string;
      readonly text?: string;
    }
  | { readonly is: "chat"; readonly chat: ChatRequest }
  | { readonly is: "events"; readonly events: readonly ChatEvent[] };

/** An error on its way. */
export interface WireError {
  readonly name: string;
  readonly message: string;
  /** Of a call-out. */
  readonly failure?: string;
}
