import { pathToFileURL } from "node:url";
import { systemClock } from "#src/core/clock.ts";
import { loaderWorld } from "#src/command/loader-world.ts";
import { type PluginStage, pluginStage } from "#tests/support/plugin-stage.ts";

/** An entry with a guest on the route `web`. Steps and memory are short, so that it comes to its end soon. */
export function entry(path: string, what: string, more: object = {}): object {
  const limits = { fuel: 2_000_000, memory: "4MiB", instances: 2 };
  const rules = [{ routes: ["web"], config: { do: what } }];
  return { name: "hostile", url: pathToFileURL(path).href, limits, rules, ...more };
}

/** A gateway with these plugins. */
export function stage(plugins: readonly object[]): Promise<PluginStage> {
  const log = { info() {}, warn() {}, error() {} };
  const loader = loaderWorld({ fetch: (url, init) => fetch(url, init) }, undefined, systemClock, log);
  return pluginStage({ plugins, gateway: { loader } });
}

/** What a request with a body comes to; its answer's text, if all of it comes. Status 0: the connection breaks. */
export async function ask(one: PluginStage): Promise<{ readonly status: number; readonly text: string }> {
  try {
    const response = await one.fetch("/x", { method: "POST", body: "a body" });
    return { status: response.status, text: await response.text() };
  } catch {
    return { status: 0, text: "" };
  }
}
