/** Log probabilities of an answer's tokens: Gemini's `logprobsResult` and the canonical form, which is OpenAI's. */
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import { objects } from "./wire.ts";

const encoder = new TextEncoder();

function decodeToken({ token, logProbability, tokenId }: JsonObject): JsonObject {
  const text = typeof token === "string" ? token : "";
  const decoded: JsonObject = { token: text, bytes: [...encoder.encode(text)], logprob: logProbability ?? null };
  if (tokenId !== undefined) decoded.token_id = tokenId;
  return decoded;
}

/** The tokens of a `logprobsResult`; undefined when it tells none. */
export function decodeLogprobs(result: Json | undefined): JsonObject[] | undefined {
  if (!isObject(result)) return undefined;
  const top = objects(result.topCandidates);
  const tokens = objects(result.chosenCandidates).map((chosen, index) => {
    const token = decodeToken(chosen);
    token.top_logprobs = objects(top[index]?.candidates).map(decodeToken);
    return token;
  });
  return tokens.length === 0 ? undefined : tokens;
}

function encodeToken({ token, logprob, token_id: tokenId }: JsonObject): JsonObject {
  return { token: token ?? "", ...(tokenId === undefined ? {} : { tokenId }), logProbability: logprob ?? null };
}

/** A `logprobsResult` of canonical tokens. */
export function encodeLogprobs(logprobs: Json): JsonObject {
  const tokens = objects(logprobs);
  const top = tokens.map(({ top_logprobs: others }) => ({ candidates: objects(others).map(encodeToken) }));
  return {
    chosenCandidates: tokens.map(encodeToken),
    ...(top.some(({ candidates }) => candidates.length > 0) ? { topCandidates: top } : {}),
  };
}
