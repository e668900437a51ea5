import type { Plugin } from "#src/core/plugin.ts";
import { entries, isMapping, type Mapping } from "./check-values.ts";
import { checkValue } from "./issues.ts";
import type { Path, Problem } from "./report.ts";
import { nearest } from "./suggest.ts";

/** What is wrong in the configurations of built-in plugins, each by its own schema. Plugins with a `url` check theirs themselves. */
export function pluginProblems(config: unknown, plugins: readonly Plugin[]): Problem[] {
  if (!isMapping(config)) return [];
  return [
    ...entries(config["plugins"]).flatMap(([index, entry]) => entryProblems(entry, ["plugins", index], plugins)),
    ...entries(config["routes"]).flatMap(([index, route]) =>
      entries(route["plugins"]).flatMap(([at, entry]) =>
        routePluginProblems(entry, ["routes", index, "plugins", at], plugins),
      ),
    ),
  ];
}

/** A route's own plugin has no rules: it is at one place. */
function routePluginProblems({ name, config = {} }: Mapping, path: Path, plugins: readonly Plugin[]): Problem[] {
  if (typeof name !== "string") return [];
  const plugin = plugins.find((one) => one.name === name);
  if (plugin === undefined) return [unknownPlugin(name, [...path, "name"], plugins, "docs/plugins.md lists them")];
  return prefixed([...path, "config"], plugin.options, config);
}

function entryProblems(entry: Mapping, path: Path, plugins: readonly Plugin[]): Problem[] {
  const { name, url } = entry;
  if (typeof name !== "string" || url !== undefined) return [];
  const plugin = plugins.find((one) => one.name === name);
  if (plugin === undefined) return [unknownPlugin(name, [...path, "name"], plugins)];
  if (entry["broken"] !== undefined) return [];
  const { _rules_: inside, ...own } = isMapping(entry["config"]) ? entry["config"] : {};
  const only = Array.isArray(inside) || (Array.isArray(entry["rules"]) && entry["rules"].length > 0);
  const silent = Object.keys(own).length === 0 && (only || entry["config"] === undefined);
  return [
    ...(silent ? [] : prefixed([...path, "config"], plugin.options, own)),
    ...entries(entry["rules"]).flatMap(([at, rule]) =>
      rule["config"] === undefined || rule["broken"] !== undefined
        ? []
        : ruleProblems(plugin, rule["config"], [...path, "rules", at, "config"]),
    ),
    ...entries(inside).flatMap(([at, rule]) =>
      ruleProblems(plugin, withoutPlaces(rule), [...path, "config", "_rules_", at]),
    ),
  ];
}

function ruleProblems(plugin: Plugin, value: unknown, path: Path): Problem[] {
  return prefixed(path, plugin.rules?.schema ?? plugin.options, value);
}

function withoutPlaces(rule: Mapping): Mapping {
  return Object.fromEntries(Object.entries(rule).filter(([key]) => !key.startsWith("_match_")));
}

function prefixed(path: Path, schema: Plugin["options"], value: unknown): Problem[] {
  const outcome = checkValue(schema, value);
  if (!("problems" in outcome)) return [];
  return outcome.problems.map((problem) => Object.assign({}, problem, { path: path.concat(problem.path) }));
}

function unknownPlugin(
  name: string,
  path: Path,
  plugins: readonly Plugin[],
  otherwise = "give it a url, or the name of a built-in: docs/plugins.md lists them",
): Problem {
  const names = plugins.map((one) => one.name);
  const near = nearest(name, names);
  const hint = near === undefined ? otherwise : `did you mean ${near}?`;
  return { path, message: "there is no built-in plugin of this name", hint };
}
