import { join } from "node:path";
import { type Gateway, startGateway } from "#tests/support/gateway.ts";
import { type Era, type Everything, startEverything } from "./everything/start.ts";

/** What stands behind the gateway: the fixture server of each era, reached by its URL or as a module within. */
export type Backend = "legacy" | "modern" | "legacy-module" | "modern-module";

/** A gateway in front of the fixture servers. */
export interface Stack extends AsyncDisposable {
  readonly gateway: Gateway;
  readonly fixtures: Readonly<Record<Era, Everything>>;
  /** Where a backend is served. */
  url(backend: Backend): string;
}

/** Starts the fixture servers, and the gateway in front of them. */
export async function startStack(runtime: "bun" | "deno"): Promise<Stack> {
  const [legacy, modern] = await Promise.all([startEverything("legacy"), startEverything("modern")]);
  const fixtures = { legacy, modern };
  const stop = async (): Promise<void> => {
    await Promise.all([legacy.stop(), modern.stop()]);
  };
  const mcpServers = [
    ...Object.entries(fixtures).map(([name, { url }]) => ({ name, path: `/${name}`, url })),
    ...["legacy-module", "modern-module"].map((name) => {
      return { name, path: `/${name}`, module: join(import.meta.dir, `everything/${name}.ts`) };
    }),
  ];
  try {
    const gateway = await startGateway({ runtime, config: { admin: { port: 0 }, mcpServers } });
    const port = new URL(gateway.origin).port;
    return {
      gateway,
      fixtures,
      // The suite looks for protection against DNS rebinding, which is for `localhost`.
      url: (backend) => `http://localhost:${port}/${backend}`,
      async [Symbol.asyncDispose]() {
        await gateway.stop();
        await stop();
      },
    };
  } catch (problem) {
    await stop();
    throw problem;
  }
}
