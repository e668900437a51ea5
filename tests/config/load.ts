import { z } from "zod";
import type { Config } from "#config/model.ts";
import { loadConfig, type LoadResult } from "#config/parse.ts";
import { formatError } from "#config/report.ts";
import type { ProviderDefinition } from "#src/core/provider.ts";

type Traits = Partial<Omit<ProviderDefinition, "type" | "configure">>;

/** A type of provider that is only ever configured, never run. */
export function definition(type: string, traits: Traits = {}): ProviderDefinition {
  return {
    type,
    fields: {},
    needsToken: false,
    ...traits,
    configure: ({ id }) => ({
      id,
      type,
      protocols: ["openai-chat"],
      keyless: true,
      dialect: () => ({}),
      url: () => undefined,
      forwardHeaders: () => [],
      authorize() {},
      classify: () => "request",
      limits: () => ({}),
    }),
  };
}

/** Types for tests: two that need a token, a local one with a field of its own, and echo. */
export const definitions: readonly ProviderDefinition[] = [
  definition("openai", {
    needsToken: true,
    owns: ["gpt-", "o1"],
    environment: { token: "OPENAI_API_KEY", baseUrl: "OPENAI_BASE_URL" },
  }),
  definition("claude", { needsToken: true, owns: ["claude-"], environment: { token: "ANTHROPIC_API_KEY" } }),
  definition("local", {
    fields: { slots: z.number().int().min(1).optional(), region: z.string().optional() },
    environment: { token: "LOCAL_API_KEY", baseUrl: "LOCAL_HOST" },
  }),
  definition("echo"),
];

/** The world of a test: environment variables, and files by path. */
export interface World {
  readonly env?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
}

/** Loads a text as `conf/gateway.yaml`. */
export function load(text: string, { env = {}, files = {} }: World = {}): LoadResult {
  const readFile = (path: string): string => {
    const content = files[path];
    if (content === undefined) throw Object.assign(new Error(`ENOENT: ${path}`), { code: "ENOENT" });
    return content;
  };
  return loadConfig(text, { file: "conf/gateway.yaml", env, readFile, definitions });
}

/** The configuration of a text that must be right. */
export function loaded(text: string, world?: World): Config {
  const result = load(text, world);
  if (!result.ok) throw new Error(result.errors.map(formatError).join("\n"));
  return result.config;
}

/** The errors of a text, formatted, without the file's name. */
export function errorsOf(text: string, world?: World): string[] {
  const result = load(text, world);
  return result.ok ? [] : result.errors.map((error) => formatError(error).replace("conf/gateway.yaml:", ""));
}
