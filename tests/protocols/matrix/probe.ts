import type { ChatRequest, ChatResponse, ContentPart } from "#src/core/chat.ts";
import type { ClientProtocol } from "#src/core/protocol.ts";

/** One thing that a client may ask for: what it adds to a plain request, and where it is seen in one that was converted. */
export interface RequestProbe {
  readonly feature: string;
  /** `protocol` is the client's, for what has each vendor's own form. */
  readonly request: Partial<ChatRequest> | ((protocol: ClientProtocol) => Partial<ChatRequest> | undefined);
  readonly see: (request: ChatRequest) => unknown;
}

/** One thing that a provider may answer. `protocol` is the provider's. */
export interface AnswerProbe {
  readonly feature: string;
  readonly answer: Partial<ChatResponse> | ((protocol: ClientProtocol) => Partial<ChatResponse> | undefined);
  readonly see: (answer: ChatResponse) => unknown;
}

/** Probes under one heading. */
export interface Group<Probe> {
  readonly name: string;
  readonly probes: readonly Probe[];
}

/** What a part says, without what rides along. */
export function bare({ rest: _rest, ...part }: ContentPart): unknown {
  return part;
}
