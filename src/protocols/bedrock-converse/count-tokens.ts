import type { TokenCounting } from "../../core/codec.ts";
import { encodeRequest } from "./request-encode.ts";

/** What of a request is counted; the rest is refused. */
const COUNTED: ReadonlySet<string> = new Set(["messages", "system", "toolConfig", "additionalModelRequestFields"]);

/** CountTokens, which takes what Converse takes. Format: AWS API Reference, "CountTokens" */
export const countTokens: TokenCounting = {
  encode(request, target) {
    const { maxOutputTokens: _, ...counted } = request;
    const { value } = encodeRequest(counted, target);
    const converse = Object.fromEntries(Object.entries(value).filter(([key]) => COUNTED.has(key)));
    return { input: { converse } };
  },
  decode: ({ inputTokens }) => (typeof inputTokens === "number" ? inputTokens : undefined),
};
