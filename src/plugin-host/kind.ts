import type { FailStrategy, Filter, Plugin, PluginPhase } from "../core/plugin.ts";
import type { PluginHost } from "../core/plugin-host.ts";

/** A plugin that an entry names, wherever it comes from. */
export interface PluginKind {
  readonly phase: PluginPhase;
  readonly priority: number;
  readonly failStrategy: FailStrategy;
  /** The file it was read from: a change of it is a change of the configuration. */
  readonly file?: { readonly path: string; readonly text: string };
  /** Tells one version of it from another. */
  readonly version: string;
  /** Whether it may ask whom it likes: it is part of the gateway. */
  readonly trusted: boolean;
  /** The options of an entry, or of one of its rules, at work. Throws an Error that says which cannot be used. */
  readonly configure: (options: WrittenOptions, host: PluginHost) => Promise<Filter>;
}

/** Options as they were written. */
export interface WrittenOptions {
  /** Undefined: there are only rules. */
  readonly global: Readonly<Record<string, unknown>> | undefined;
  readonly rule?: Readonly<Record<string, unknown>>;
}

/** A plugin written in TypeScript. */
export function nativeKind(plugin: Plugin, version: string): PluginKind {
  const { phase, priority, failStrategy } = plugin;
  return {
    phase,
    priority,
    failStrategy,
    version,
    trusted: true,
    async configure({ global, rule }, host) {
      const base = global === undefined ? undefined : plugin.options.parse(global);
      if (rule === undefined) return plugin.configure(base ?? plugin.options.parse({}), host);
      if (plugin.rules === undefined) return plugin.configure(plugin.options.parse(rule), host);
      return plugin.configure(plugin.rules.merge(base, plugin.rules.schema.parse(rule)), host);
    },
  };
}
