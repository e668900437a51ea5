/** The official suite on servers hosted by Sluice, and through it to a server of each era, for clients of each era, on both runtimes. */
import { afterAll } from "bun:test";
import { conformanceCases, WITHOUT_TASKS } from "#tests/support/mcp/conformance-cases.ts";
import { type Backend, startStack } from "#tests/support/mcp/stack.ts";

const BACKENDS: readonly Backend[] = ["legacy", "modern", "legacy-module", "modern-module"];

/** What a client of 2026-07-28 cannot have of a server of the session era, whoever stands between. */
const KNOWN_OF_LEGACY = {
  ...WITHOUT_TASKS,
  "input-required-result-basic-elicitation":
    "a server of the session era gives its questions no names, and the scenario wants the name user_name",
};

const KNOWN: Readonly<Record<Backend, Readonly<Record<string, string>>>> = {
  legacy: KNOWN_OF_LEGACY,
  "legacy-module": KNOWN_OF_LEGACY,
  modern: WITHOUT_TASKS,
  "modern-module": WITHOUT_TASKS,
};

for (const runtime of ["bun", "deno"] as const) {
  const stack = startStack(runtime);
  afterAll(async () => (await stack)[Symbol.asyncDispose]());
  for (const backend of BACKENDS) {
    const target = async (): Promise<{ url: string }> => ({ url: (await stack).url(backend) });
    const name = `Sluice on ${runtime} with the ${backend} fixture`;
    conformanceCases({ name, revision: "2025-11-25", role: "server", target, known: {} });
    conformanceCases({ name, revision: "2026-07-28", role: "server", target, known: KNOWN[backend] });
  }
}
