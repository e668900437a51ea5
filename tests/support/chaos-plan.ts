import { never } from "./gate.ts";
import { endingAfter, withMalformedEvent, withoutTerminator } from "./upstream/edits.ts";
import { failing, type Script, text } from "./upstream/script.ts";
import { seededRandom } from "./seeded-random.ts";

/** What one request of the chaos test goes through, decided by its number alone, so that a run can be repeated. */
export interface ChaosPlan {
  readonly index: number;
  readonly path: "/v1/chat/completions" | "/v1/messages";
  readonly kind: "openai" | "claude";
  readonly streamed: boolean;
  readonly script: Script;
  /** When the client leaves: once the upstream has the request, after the first bytes of the answer, or never. */
  readonly leaves: "early" | "midway" | "never";
  /** Nothing is wrong on either side, so the answer must be whole. */
  readonly sound: boolean;
}

const WORDS = "The quick brown fox jumps over the lazy dog, größer and 雪-white, again and again. ";

const FAULTS: readonly ((draw: () => number) => Script)[] = [
  () => failing(429, { headers: { "retry-after": "1" } }),
  () => failing(500),
  () => failing(529),
  () => failing(400),
  () => ({ body: "<html>what?</html>", contentType: "text/html" }),
  () => ({ body: '{"half": ', contentType: "application/json" }),
  () => text(WORDS, { cutAfterBytes: -1 }),
  () => text(WORDS, { cutAfterBytes: 0 }),
  (draw) => text(WORDS, { cutAfterBytes: 1 + Math.floor(draw() * 1500) }),
  (draw) => text(WORDS, { edit: endingAfter(1 + Math.floor(draw() * 8)) }),
  () => text(WORDS, { edit: withMalformedEvent }),
];

const SOUND: readonly ((draw: () => number) => Script)[] = [
  () => text(WORDS),
  () => text(WORDS.repeat(5)),
  () => text(WORDS, { gzip: true }),
  () => text(WORDS, { edit: withoutTerminator }),
];

/** The plan of one request. */
export function chaosPlan(seed: number, index: number): ChaosPlan {
  const draw = seededRandom(seed * 1_000_003 + index);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(draw() * list.length)] as T;
  const faulty = draw() < 0.3;
  const leaving = draw() < 0.25;
  const leaves = leaving ? pick(["early", "midway"] as const) : "never";
  const stays = pick(faulty ? FAULTS : SOUND)(draw);
  const silent = { beforeHeaders: never };
  return {
    index,
    path: pick(["/v1/chat/completions", "/v1/messages"]),
    kind: pick(["openai", "claude"]),
    streamed: draw() < 0.6,
    script: leaves === "early" ? text(WORDS, silent) : leaves === "midway" ? text(WORDS.repeat(20)) : stays,
    leaves,
    sound: !faulty && !leaving,
  };
}
