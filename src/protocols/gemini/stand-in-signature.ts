/**
 * What Google documents to be sent in place of a signature nobody has, for calls that another model made
 * (ai.google.dev/gemini-api/docs/thought-signatures). It seals nothing.
 */
export const STAND_IN = "skip_thought_signature_validator";

/** As clients send it, some of them as bytes in base64. */
const STAND_INS: ReadonlySet<string> = new Set(
  [STAND_IN, "context_engineering_is_the_way_to_go"].flatMap((word) => [word, btoa(word)]),
);

/** Whether a signature is one of those. */
export function isStandIn(signature: string): boolean {
  return STAND_INS.has(signature);
}
