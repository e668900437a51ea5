import type { Config } from "#config/model.ts";
import { systemClock } from "#src/core/clock.ts";
import { createGateway } from "#src/gateway.ts";
import { registry } from "#src/registry.ts";
import { openBunStream } from "#src/serve/bun-stream.ts";
import { openServiceClient } from "#src/serve/upstream/open.ts";
import { throughEnvoy } from "#src/serve/through-envoy.ts";

/** A replica of Sluice's behind Envoy, in this process. */
export interface Tier extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
}

/** Starts a replica with a configuration. */
export async function startTier(config: Config): Promise<Tier> {
  const gateway = createGateway({
    registry,
    clock: systemClock,
    fetch: (url, init) => fetch(url, init),
    openStream: openBunStream,
    openServiceClient,
    decodesBodies: false,
    connectWebSocket: () => {
      throw new Error("There are no WebSockets here.");
    },
    observers: [],
    log: { info() {}, warn() {}, error() {} },
  });
  await gateway.apply(config);
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 0,
    fetch: (request) => gateway.fetch(request, throughEnvoy(request, { secure: false })),
  });
  return {
    host: "127.0.0.1",
    port: server.port ?? 0,
    async [Symbol.asyncDispose]() {
      await server.stop(true);
      await gateway.close();
    },
  };
}
