import type { McpParts } from "#src/core/mcp/host.ts";
import type { Plugin } from "#src/core/plugin.ts";
import type { ProviderDefinition } from "#src/core/provider.ts";
import { loadCertificates } from "./certificates.ts";
import { crossChecks } from "./checks.ts";
import { checkValue } from "./issues.ts";
import { writtenProviderProblems } from "./made-providers.ts";
import type { PemChecks } from "./pem.ts";
import { pluginProblems } from "./plugin-checks.ts";
import { type Config, configSchema } from "./model.ts";
import type { ReferenceScope } from "./references.ts";
import { type ConfigError, formatPath, isSecretPath, type Path, type Problem } from "./report.ts";
import { type Position, readSource, type Source, type TextProblem } from "./source.ts";
import { readValues, type Values } from "./values.ts";

/** What a configuration is read with; nothing else is touched. */
export interface LoadOptions {
  /** The file's name, for errors and for paths relative to it. */
  readonly file: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Reads a file as text. Throws when it cannot. */
  readonly readFile: (path: string) => string;
  readonly definitions: readonly ProviderDefinition[];
  /** What MCP servers can be; left out: there are none. */
  readonly mcp?: McpParts;
  /** The built-in plugins. */
  readonly plugins?: readonly Plugin[];
  /** Looks into certificates; left out: whoever uses them finds out. */
  readonly pem?: PemChecks;
}

/** A configuration, or everything that is wrong with it. `files` are those it refers to: a change of one is a change of it. */
export type LoadResult =
  | { readonly ok: true; readonly config: Config; readonly files: readonly string[] }
  | { readonly ok: false; readonly errors: readonly ConfigError[]; readonly files: readonly string[] };

/** Secrets shorter than this are masked by their place alone: replacing them everywhere would tear words apart. */
const SHORTEST_MASKED = 8;

/** Reads a configuration from YAML or JSON text. Never throws; errors come in the order of the text. */
export function loadConfig(text: string, options: LoadOptions): LoadResult {
  const files = new Set<string>();
  const readFile = (path: string): string => {
    files.add(path);
    return options.readFile(path);
  };
  const scope: ReferenceScope = { env: options.env, file: options.file, readFile };
  const source = readSource(text);
  if (source.root === undefined) return { ok: false, errors: syntaxErrors(source, options.file), files: [] };
  const values = readValues(source, scope);
  const checked = check(values, scope, options);
  if ("config" in checked) return { ok: true, config: checked.config, files: [...files] };
  const errors = located(checked.problems, source, values, options.file);
  return { ok: false, errors, files: [...files] };
}

function check(
  values: Values,
  scope: ReferenceScope,
  { definitions, mcp, plugins = [], pem }: LoadOptions,
): { readonly config: Config } | { readonly problems: readonly Problem[] } {
  const show = (path: Path, value: string): string =>
    isSecretPath(path) || values.referenced.has(formatPath(path)) ? "***" : JSON.stringify(value);
  const outcome = checkValue(configSchema(definitions, mcp), values.value);
  const problems = [...values.problems, ...crossChecks(values.value, { definitions, show })];
  problems.push(...pluginProblems(values.value, plugins));
  const certificates = loadCertificates(values.value, scope, show, pem);
  problems.push(...certificates.problems);
  if ("problems" in outcome) problems.push(...outcome.problems);
  problems.push(...writtenProviderProblems(values.value, definitions, problems));
  if (!("problems" in outcome) && problems.length === 0) return { config: certificates.apply(outcome.data) };
  return { problems };
}

function syntaxErrors(source: Source, file: string): ConfigError[] {
  const empty: TextProblem = {
    path: [],
    message: "the file is empty",
    hint: "it wants at least providers and routes; without a file, environment variables are used",
    position: { line: 1, column: 1 },
  };
  const problems = source.problems.length > 0 ? source.problems : [empty];
  return inOrder(problems.map(({ position, message, hint }) => errorAt(file, position, "", message, hint)));
}

function errorAt(file: string, { line, column }: Position, path: string, message: string, hint?: string): ConfigError {
  const error = { file, line, column, path, message };
  return hint === undefined ? error : { ...error, hint };
}

function located(problems: readonly Problem[], source: Source, values: Values, file: string): ConfigError[] {
  const mask = masker(values.secrets);
  const unresolved = new Set(
    values.problems.filter((problem) => problem.atKey !== true).map(({ path }) => formatPath(path)),
  );
  const relevant = problems.filter(
    (problem) => values.problems.includes(problem) || !follows(problem.path, unresolved),
  );
  const errors = relevant.map(({ path, message, hint, atKey }) => {
    const position = source.locate(path, atKey === true);
    return errorAt(file, position, mask(formatPath(path)), mask(message), hint === undefined ? undefined : mask(hint));
  });
  return inOrder(errors);
}

/** Whether a problem only follows from a value that could not be read. */
function follows(path: Path, unresolved: ReadonlySet<string>): boolean {
  if (unresolved.size === 0) return false;
  return path.some((_, index) => unresolved.has(formatPath(path.slice(0, index + 1))));
}

function masker(secrets: ReadonlySet<string>): (text: string) => string {
  const long = [...secrets].filter((secret) => secret.length >= SHORTEST_MASKED).sort((a, b) => b.length - a.length);
  return (text) => long.reduce((masked, secret) => masked.replaceAll(secret, "***"), text);
}

/** In the order of the text, without repetitions. */
function inOrder(errors: readonly ConfigError[]): ConfigError[] {
  const unique = new Map(
    errors.map((error) => [`${error.line}:${error.column} ${error.path} ${error.message}`, error]),
  );
  return [...unique.values()].sort((a, b) => a.line - b.line || a.column - b.column);
}
