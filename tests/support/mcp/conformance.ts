import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";

/** The official conformance suite of MCP, run as a command. */

export type Revision = "2025-11-25" | "2026-07-28";
export type Role = "server" | "client";

/** What a revision asks of a role. */
export interface Requirements {
  readonly required: readonly string[];
  /** Run and reported by the suite, but nothing a revision asks for. */
  readonly unscored: readonly string[];
}

/** One check of a scenario. */
export interface Check {
  readonly id: string;
  readonly status: string;
  readonly description?: string | undefined;
  readonly errorMessage?: string | undefined;
  readonly details?: unknown;
}

const check: z.ZodType<Check> = z.object({
  id: z.string(),
  status: z.string(),
  description: z.string().optional(),
  errorMessage: z.string().optional(),
  details: z.unknown().optional(),
});

/** The checks of each scenario that was run, by its name. */
export interface SuiteResult {
  readonly checks: ReadonlyMap<string, readonly Check[]>;
  /** What the suite wrote. */
  readonly output: string;
}

const SUITE = join(import.meta.dir, "../../../node_modules/@modelcontextprotocol/conformance/dist/index.js");

const list = z.object({
  server: z.array(z.string()),
  client: z.array(z.string()),
  not_scored: z.array(z.object({ scenario: z.string(), leg: z.string() })),
});

/** The suite's own list of what a revision asks of a role. */
export function requirements(revision: Revision, role: Role): Requirements {
  const file = join(dirname(SUITE), `../requirements/${revision}.yaml`);
  const lists = list.parse(parse(readFileSync(file, "utf8")));
  return {
    required: lists[role],
    unscored: lists.not_scored.filter(({ leg }) => leg === role).map(({ scenario }) => scenario),
  };
}

/** What the suite is pointed at: a server's URL, or a client's command line. */
export type Target = { readonly url: string } | { readonly command: string };

/** Runs all that a revision asks for against one target. */
export async function runSuite(revision: Revision, target: Target): Promise<SuiteResult> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-conformance-"));
  try {
    const [role, args]: [Role, string[]] =
      "url" in target ? ["server", ["--url", target.url]] : ["client", ["--command", target.command]];
    const child = Bun.spawn([process.execPath, SUITE, role, ...args, "--requirements", revision, "-o", folder], {
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    const [stdout, stderr] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ]);
    return { checks: await checksIn(folder, role), output: `${stdout}\n${stderr}` };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A folder of results is named after the role (for servers), its scenario and the time. */
async function checksIn(folder: string, role: Role): Promise<Map<string, Check[]>> {
  const checks = new Map<string, Check[]>();
  for (const file of await readdir(folder, { recursive: true })) {
    if (!file.endsWith("checks.json")) continue;
    const named = dirname(file).replace(/-\d{4}-\d{2}-\d{2}T[\d-]+Z$/, "");
    const scenario = role === "server" ? named.replace(/^server-/, "") : named;
    checks.set(scenario, z.array(check).parse(JSON.parse(await readFile(join(folder, file), "utf8"))));
  }
  return checks;
}

/** What went wrong in a scenario, for people; empty when nothing did. */
export function failures(result: SuiteResult, scenario: string): string[] {
  const checks = result.checks.get(scenario);
  if (checks === undefined) return [`The suite did not run it:\n${result.output.slice(-2000)}`];
  return checks
    .filter(({ status }) => status === "FAILURE")
    .map(({ id, description, errorMessage, details }) =>
      [`${id}: ${errorMessage ?? "failed"}`, description, details === undefined ? undefined : JSON.stringify(details)]
        .filter((line) => line !== undefined)
        .map((line) => (line.length > 1500 ? `${line.slice(0, 1500)}…` : line))
        .join("\n  "),
    );
}
