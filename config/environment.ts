import type { ProviderDefinition } from "#src/core/provider.ts";
import { checkValue } from "./issues.ts";
import { providerProblems } from "./made-providers.ts";
import { type Config, configSchema } from "./model.ts";
import { type ConfigError, formatPath, type Problem } from "./report.ts";

/** The name of the one route there is without a file. */
const DEFAULT_ROUTE = "default";

type Environment = Readonly<Record<string, string | undefined>>;

/** A provider found in the environment, as a file would write it, and the variables it came from. */
interface Found {
  readonly entry: Readonly<Record<string, unknown>> & { readonly type: string };
  readonly variables: Readonly<Record<string, string>>;
  /** An address without a scheme, as some vendors' variables hold it; the provider completes it. */
  readonly bare?: string;
}

/** `host`, `host:port` or `[::1]:port`. */
const BARE = /^(?:[\w.-]+|\[[0-9a-fA-F:.]+\])(?::\d{1,5})?$/;

/**
 * The configuration when there is no file: a provider for each type whose variables are set, else one of type `echo`, and one AI route
 * at `/` that picks by the model's owner. `SLUICE_ADMIN_TOKEN` protects the admin port. Errors name the variable as their path.
 */
export function configFromEnvironment(
  env: Environment,
  definitions: readonly ProviderDefinition[],
): { readonly ok: true; readonly config: Config } | { readonly ok: false; readonly errors: readonly ConfigError[] } {
  const found = definitions.flatMap((definition) => providerIn(definition, env));
  const providers = found.length > 0 ? found.map(({ entry }) => entry) : [{ type: "echo" }];
  const token = set(env["SLUICE_ADMIN_TOKEN"]);
  const outcome = checkValue(configSchema(definitions), {
    ...(token === undefined ? {} : { admin: { token } }),
    providers,
    routes: [{ name: DEFAULT_ROUTE, ai: { pick: "owner" } }],
  });
  const config = "data" in outcome ? completed(outcome.data, found) : undefined;
  const problems = "problems" in outcome ? outcome.problems : refused(config?.providers ?? [], definitions, found);
  if (config !== undefined && problems.length === 0) return { ok: true, config };
  return { ok: false, errors: problems.map((problem) => errorOf(problem, found)) };
}

/** What the providers' types refuse. */
function refused(
  providers: Config["providers"],
  definitions: readonly ProviderDefinition[],
  found: readonly Found[],
): Problem[] {
  return providers.flatMap((provider, index) => {
    const { entry = {}, bare } = found[index] ?? {};
    const written = bare === undefined ? entry : { ...entry, baseUrl: bare };
    return providerProblems(provider, definitions, ["providers", index], written);
  });
}

/** The schema asks for whole URLs, so bare addresses are put in after it. */
function completed(config: Config, found: readonly Found[]): Config {
  const providers = config.providers.map((provider, index) => {
    const bare = found[index]?.bare;
    return bare === undefined ? provider : { ...provider, baseUrl: bare };
  });
  return { ...config, providers };
}

/** A variable that is set to nothing counts as not set, and blanks around a pasted key are not part of it. */
function set(value: string | undefined): string | undefined {
  const trimmed = value?.trim();
  return trimmed === "" ? undefined : trimmed;
}

function providerIn({ type, needsToken, environment }: ProviderDefinition, env: Environment): Found[] {
  if (environment === undefined) return [];
  const token = set(env[environment.token]);
  const address = environment.baseUrl === undefined ? undefined : set(env[environment.baseUrl]);
  if (token === undefined && (needsToken || address === undefined)) return [];
  const variables = environment.options ?? {};
  const options = Object.entries(variables).map(([field, variable]) => [field, set(env[variable])] as const);
  if (options.some(([, value]) => value === undefined)) return [];
  const entry = {
    type,
    ...Object.fromEntries(options),
    ...(token === undefined ? {} : { apiTokens: [token] }),
    ...(address === undefined || BARE.test(address) ? {} : { baseUrl: address }),
  };
  const bare = address !== undefined && BARE.test(address) ? { bare: address } : {};
  const { token: apiTokens, baseUrl = "" } = environment;
  return [{ entry, ...bare, variables: { ...variables, apiTokens, baseUrl } }];
}

function errorOf({ path, message, hint }: Problem, found: readonly Found[]): ConfigError {
  const [list, index, key] = path;
  const variables = list === "providers" && typeof index === "number" ? found[index]?.variables : undefined;
  const variable = key === undefined ? undefined : variables?.[String(key)];
  const error = { file: "environment", line: 0, column: 0, path: variable ?? formatPath(path), message };
  return hint === undefined ? error : { ...error, hint };
}
