import type { ListenerConfig } from "#config/model.ts";
import type { Command } from "./arguments.ts";
import type { Loaded } from "./config-source.ts";

type Overrides = Pick<Extract<Command, { name: "gateway" }>, "host" | "port" | "adminPort">;

/** A configuration with what the command line says in place of its first listener's and its admin listener's addresses. */
export function overridden(loaded: Loaded, { host, port, adminPort }: Overrides): Loaded {
  if (!loaded.ok) return loaded;
  const { config } = loaded;
  const [first, ...rest] = config.listeners;
  const changes = { ...(host === undefined ? {} : { host }), ...(port === undefined ? {} : { port }) };
  const listeners: readonly ListenerConfig[] = first === undefined ? [] : [{ ...first, ...changes }, ...rest];
  const admin = config.admin === false || adminPort === undefined ? config.admin : { ...config.admin, port: adminPort };
  return { ...loaded, config: { ...config, listeners, admin } };
}
