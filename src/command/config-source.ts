import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Config } from "#config/model.ts";
import { loadConfig } from "#config/parse.ts";
import { pemChecks as pem } from "#config/pem.ts";
import { type ConfigError, formatError } from "#config/report.ts";
import { configFromEnvironment } from "#config/environment.ts";
import type { Registry } from "../registry.ts";
import type { FileTexts } from "./watch.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** A configuration read from its source, or everything wrong with it. `files` are those it comes from, as they were read. */
export type Loaded =
  | { readonly ok: true; readonly config: Config; readonly files: FileTexts }
  | { readonly ok: false; readonly problems: readonly string[]; readonly files: FileTexts };

/** Where a configuration comes from; it is read anew at each call. */
export type ConfigSource = () => Loaded;

/** The configuration of a file. */
export function fileSource(file: string, env: Environment, registry: Registry): ConfigSource {
  const path = resolve(file);
  return () => {
    const files = new Map<string, string | undefined>([[path, undefined]]);
    const read = (name: string): string => {
      files.set(resolve(name), undefined);
      const text = readFileSync(name, "utf8");
      files.set(resolve(name), text);
      return text;
    };
    let text: string;
    try {
      text = read(path);
    } catch (error) {
      const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
      return { ok: false, problems: [`${file}: ${missing ? "there is no such file" : "it cannot be read"}`], files };
    }
    const { providers: definitions, plugins } = registry;
    const result = loadConfig(text, { file, env, readFile: read, definitions, mcp: registry, plugins, pem });
    return result.ok ? { ok: true, config: result.config, files } : failed(result.errors, files);
  };
}

/** The configuration that well-known environment variables make. */
export function environmentSource(env: Environment, registry: Registry): ConfigSource {
  return () => {
    const result = configFromEnvironment(env, registry.providers);
    return result.ok ? { ok: true, config: result.config, files: NO_FILES } : failed(result.errors, NO_FILES);
  };
}

/** The configuration below Kubernetes objects where there is no file: a listener without and one with TLS, and nothing behind them. */
export function resourcesSource(env: Environment, registry: Registry): ConfigSource {
  const token = env["SLUICE_ADMIN_TOKEN"] ?? "";
  const admin = token === "" ? "" : `admin: { token: "\${env:SLUICE_ADMIN_TOKEN}" }\n`;
  return () => {
    const text = `${admin}listeners: [{ name: http, port: 8080 }]`;
    const { providers: definitions, plugins } = registry;
    const options = { file: "", env, readFile: readNothing, definitions, mcp: registry, plugins };
    const result = loadConfig(text, options);
    if (!result.ok) return failed(result.errors, NO_FILES);
    // Not opened before somebody has a certificate for it.
    const https = { name: "https", host: "0.0.0.0", port: 8443, tls: { certificates: [] } };
    const { listeners } = result.config;
    return { ok: true, config: { ...result.config, listeners: [...listeners, https] }, files: NO_FILES };
  };
}

function readNothing(): never {
  throw new Error("there is no file");
}

const NO_FILES: FileTexts = new Map();

function failed(errors: readonly ConfigError[], files: FileTexts): Loaded {
  return { ok: false, problems: errors.map(formatError), files };
}
