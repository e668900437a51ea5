import { request } from "node:http";
import { expect } from "bun:test";
import type { Config, TcpRoute } from "#config/model.ts";
import type { TranslatorOptions } from "#src/control/envoy/translator.ts";
import { loadMessages } from "#src/control/xds/messages.ts";
import { SnapshotBuilder } from "#src/control/xds/snapshot-builder.ts";
import { startEnvoy } from "./envoy.ts";
import { staticBootstrap } from "./envoy-static.ts";
import { configOf, translatorOf } from "./envoy-translation.ts";

/** A real Envoy that runs a configuration; with `await using` it ends with the test. */
export interface EnvoyStage extends AsyncDisposable {
  readonly config: Config;
  /** The base URL of a listener. */
  url(listener: string): string;
  fetch(path: string, init?: RequestInit): Promise<Response>;
  stat(name: string): Promise<number>;
}

/** How an Envoy's configuration is translated. */
export interface StageOptions extends Partial<TranslatorOptions> {
  /** Which a configuration without a control plane for Envoy may not have. */
  readonly tcpRoutes?: readonly TcpRoute[];
}

/** Starts an Envoy with a configuration of the native form. Listeners take free ports; the first one is asked by `fetch`. */
export async function envoyStage(written: object, options: StageOptions = {}): Promise<EnvoyStage> {
  const { tcpRoutes = [], ...others } = options;
  const config: Config = { ...configOf(written), tcpRoutes };
  const { resources } = translatorOf(others).translate(config);
  expect(new SnapshotBuilder(await loadMessages()).build(resources).problems).toEqual([]);
  const envoy = await startEnvoy(staticBootstrap(resources));
  const ports = new Map<string, number | undefined>();
  for (const { name } of config.listeners) ports.set(name, await envoy.listenerPort(name));
  const url = (listener: string): string => {
    const secure = config.listeners.some(({ name, tls }) => name === listener && tls !== undefined);
    return `${secure ? "https" : "http"}://127.0.0.1:${ports.get(listener)}`;
  };
  const [first] = config.listeners;
  return {
    config,
    url,
    fetch: (path, init) => fetch(url(first?.name ?? "") + path, { redirect: "manual", ...init }),
    stat: (name) => envoy.stat(name),
    [Symbol.asyncDispose]: () => envoy.stop(),
  };
}

/** The status of a request whose path is sent as it is written. */
export function rawStatus(url: string, path: string): Promise<number> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const asked = request({ hostname, port, path, agent: false }, (answer) => {
      answer.resume();
      answer.on("end", () => resolve(answer.statusCode ?? 0));
    });
    asked.on("error", reject);
    asked.end();
  });
}
