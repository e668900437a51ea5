import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Config } from "#config/model.ts";
import { loadConfig } from "#config/parse.ts";
import { type ConfigError, formatError } from "#config/report.ts";
import { configFromEnvironment } from "#config/environment.ts";
import type { Registry } from "../registry.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** A configuration read from its source, or everything wrong with it. `files` are those it comes from. */
export type Loaded =
  | { readonly ok: true; readonly config: Config; readonly files: readonly string[] }
  | { readonly ok: false; readonly problems: readonly string[]; readonly files: readonly string[] };

/** Where a configuration comes from; it is read anew at each call. */
export type ConfigSource = () => Loaded;

/** The configuration of a file. */
export function fileSource(file: string, env: Environment, registry: Registry): ConfigSource {
  const path = resolve(file);
  return () => {
    let text: string;
    try {
      text = readFileSync(path, "utf8");
    } catch (error) {
      const reason =
        error instanceof Error && "code" in error && error.code === "ENOENT"
          ? "there is no such file"
          : "it cannot be read";
      return { ok: false, problems: [`${file}: ${reason}`], files: [path] };
    }
    const readFile = (name: string): string => readFileSync(name, "utf8");
    const result = loadConfig(text, { file, env, readFile, definitions: registry.providers });
    const files = [path, ...result.files.map((name) => resolve(name))];
    return result.ok ? { ok: true, config: result.config, files } : failed(result.errors, files);
  };
}

/** The configuration that well-known environment variables make. */
export function environmentSource(env: Environment, registry: Registry): ConfigSource {
  return () => {
    const result = configFromEnvironment(env, registry.providers);
    return result.ok ? { ok: true, config: result.config, files: [] } : failed(result.errors, []);
  };
}

function failed(errors: readonly ConfigError[], files: readonly string[]): Loaded {
  return { ok: false, problems: errors.map(formatError), files };
}
