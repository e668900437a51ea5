import type { ModelLimits } from "#src/core/provider.ts";

/** Output limits in tokens by the beginning of the model's name. */
export type OutputLimits = Readonly<Record<string, number>>;

const UNKNOWN: ModelLimits = {};

/** A look-up in `table` where the longest matching beginning decides. */
export function limitsFrom(table: OutputLimits): (model: string) => ModelLimits {
  const rows = Object.entries(table)
    .sort(([a], [b]) => b.length - a.length)
    .map(([prefix, maxOutputTokens]) => [prefix, { maxOutputTokens }] as const);
  return (model) => rows.find(([prefix]) => model.startsWith(prefix))?.[1] ?? UNKNOWN;
}
