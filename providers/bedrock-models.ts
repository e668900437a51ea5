import type { Provider, Verdict } from "#src/core/provider.ts";
import { claudeLimits } from "./claude.ts";
import { classify } from "./verdict.ts";

/** Where the name of an exception says more than its status. Format: AWS API Reference, the errors of Converse. */
const VERDICTS: Readonly<Record<string, Verdict>> = {
  ServiceQuotaExceededException: "credential",
  ExpiredTokenException: "credential",
  UnrecognizedClientException: "credential",
  IncompleteSignatureException: "credential",
  ModelErrorException: "upstream",
  ModelNotReadyException: "upstream",
  ModelStreamErrorException: "upstream",
};

/** What an error answer of Bedrock means for the next try. */
export const classifyAws: Provider["classify"] = (status, code) =>
  (code !== undefined && Object.hasOwn(VERDICTS, code) ? VERDICTS[code] : undefined) ?? classify(status, code);

/** The limits of Claude's models behind the names they have on Bedrock (`us.anthropic.claude-sonnet-4-5-20250929-v1:0`). */
export const bedrockLimits: Provider["limits"] = (model) =>
  claudeLimits(model.slice(Math.max(0, model.indexOf("claude-"))));
