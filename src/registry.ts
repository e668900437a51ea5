import { bedrock } from "#providers/bedrock.ts";
import { claude } from "#providers/claude.ts";
import { deepseek } from "#providers/deepseek.ts";
import { echo } from "#providers/echo.ts";
import { gemini } from "#providers/gemini.ts";
import { generic } from "#providers/generic.ts";
import { ollama } from "#providers/ollama.ts";
import { openai } from "#providers/openai.ts";
import { openrouter } from "#providers/openrouter.ts";
import { vertex } from "#providers/vertex.ts";
import { vllm } from "#providers/vllm.ts";
import type { ProviderDefinition } from "./core/provider.ts";

/** Everything that is built in. A list of one's own makes a gateway with other parts. */
export interface Registry {
  /** In the order in which they are asked for the owner of a model's name. */
  readonly providers: readonly ProviderDefinition[];
}

/** The built-ins. */
export const registry: Registry = {
  providers: [openai, claude, gemini, vertex, bedrock, deepseek, openrouter, ollama, vllm, generic, echo],
};
