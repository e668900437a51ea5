import type { ProtocolName } from "../../core/protocol.ts";
import type { Provider } from "../../core/provider.ts";
import type { CredentialPool } from "../credential-pool.ts";
import type { ChatEdits } from "./chat-edits.ts";

/** The deadlines of a call, in milliseconds; 0 means none. */
export interface Timeouts {
  /** Until a connection stands. */
  readonly connect: number;
  /** From sending the request to the first byte of the answer's body (its headers, when it is not streamed). */
  readonly firstByte: number;
  /** Between two chunks of a stream. */
  readonly idle: number;
  /** From the client's request to the last byte, all attempts included. */
  readonly total: number;
}

/** When a failed request is tried again with the provider's next credential. */
export interface CredentialPolicy {
  /** The most credentials one request may use. */
  readonly tries: number;
  /** A credential that fails rests. */
  readonly rest: boolean;
  /** Statuses that lead to the next one; left out: the provider's own verdict decides. */
  readonly retryOn?: (status: number) => boolean;
}

/** When a target is asked again, with all of its credentials anew. */
export interface TargetRetry {
  /** Tries after the first one. */
  readonly attempts: number;
  readonly on: (status: number) => boolean;
}

/** One provider as a route sees it. */
export interface Target {
  readonly provider: Provider;
  readonly pool: CredentialPool;
  readonly credentials: CredentialPolicy;
  /** The provider's name for the model a client asks for. */
  readonly modelFor: (asked: string) => string;
  readonly weight: number;
  readonly timeouts: Timeouts;
  /** Left out: never. */
  readonly retry?: TargetRetry;
  /** False: a request goes to it in its own protocol or not at all. */
  readonly converts: boolean;
  /** What a client of another protocol is converted to, over the provider's own preference. */
  readonly upstreamProtocol?: ProtocolName;
  /** What its settings change in chats; left out: nothing. */
  readonly edits?: ChatEdits;
  /** The configured output limit, over the provider's own knowledge. */
  readonly maxOutputTokens?: number;
}

/** When and where to go on after the first choice failed. */
export interface Fallback {
  readonly targets: readonly Target[];
  readonly strategy: "sequence" | "random";
}

/** Finds the targets of a request: one of the weighted first choices, then the fallbacks. */
export function planner(
  choices: readonly Target[],
  fallback: Fallback | undefined,
  random: () => number,
): () => readonly Target[] {
  const behind = fallback?.targets ?? [];
  if (choices.length === 1 && (behind.length === 0 || fallback?.strategy === "sequence")) {
    const fixed = [...choices, ...behind];
    return () => fixed;
  }
  const total = choices.reduce((sum, { weight }) => sum + weight, 0);
  return () => {
    const first = weighted(choices, random() * total);
    const rest = fallback?.strategy === "random" ? shuffled(behind, random) : behind;
    return first === undefined ? rest : [first, ...rest];
  };
}

function weighted(choices: readonly Target[], point: number): Target | undefined {
  let left = point;
  for (const choice of choices) {
    left -= choice.weight;
    if (left < 0) return choice;
  }
  return choices.findLast(({ weight }) => weight > 0);
}

function shuffled(targets: readonly Target[], random: () => number): Target[] {
  return targets
    .map((target) => ({ target, rank: random() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ target }) => target);
}
