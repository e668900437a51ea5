import type { ResponseTarget } from "#src/core/codec.ts";
import { fold } from "#src/core/chat-fold.ts";
import { isObject, type JsonObject } from "#src/core/json.ts";
import type { ClientProtocol } from "#src/core/protocol.ts";
import { codecFor } from "#src/protocols/index.ts";
import { wholeAnswer } from "./canned.ts";
import { bodyOf, type Wire, WIRES } from "./scenario.ts";

const PROTOCOLS: Readonly<Record<Wire, ClientProtocol>> = {
  openai: "openai-chat",
  claude: "anthropic-messages",
  responses: "openai-responses",
  gemini: "gemini",
};

/** Conversions of one sample, and of the warm-up before the first. */
const TIMES = 2000;
const WARM_UP = 10_000;

/** What one pair's codecs cost, in microseconds: a request decoded and encoded, its answer decoded and encoded. JSON itself is not in it. */
export interface PairCost {
  readonly pair: string;
  readonly sample: () => number;
}

/** The pairs of different protocols, each warmed up. */
export function codecPairs(): PairCost[] {
  return WIRES.flatMap((client) =>
    WIRES.filter((wire) => wire !== client).map((upstream) => pairCost(client, upstream)),
  );
}

function pairCost(client: Wire, upstream: Wire): PairCost {
  const convert = converter(client, upstream);
  for (let index = 0; index < WARM_UP; index += 1) convert();
  return {
    pair: `${client} > ${upstream}`,
    sample() {
      const begin = performance.now();
      for (let index = 0; index < TIMES; index += 1) convert();
      return ((performance.now() - begin) * 1000) / TIMES;
    },
  };
}

function converter(client: Wire, upstream: Wire): () => unknown {
  const own = codecFor(PROTOCOLS[client]);
  const other = codecFor(PROTOCOLS[upstream]);
  const request = objectOf(bodyOf(client, "bench-json", false));
  const answer = objectOf(wholeAnswer(upstream));
  const path = client === "gemini" ? { model: "bench-json", stream: false } : undefined;
  return () => {
    const chat = own.request.decode(request, path);
    other.request.encode(chat, { model: "bench-json", dialect: {}, maxOutputTokens: 4096 });
    const target: ResponseTarget = { request: chat, includeUsage: false, now: () => 0, id: () => "x" };
    return own.response.encode(fold(other.response.decode(answer)), target);
  };
}

/** The object as it comes off the wire: its parts shared with nothing. */
function objectOf(value: object): JsonObject {
  const parsed: unknown = JSON.parse(JSON.stringify(value));
  if (!isObject(parsed)) throw new Error("A body is an object.");
  return parsed;
}
