import { resolve } from "node:path";
import type { McpWorld } from "#src/core/mcp/kind.ts";
import type { McpServer } from "#src/core/mcp/server.ts";
import { handlerServer } from "./handler-server.ts";
import { loadExport, modernSdkBeside } from "./load.ts";
import { isFetchHandler, isModernSdkServer, isSdkServer, type ModuleNotifier, type SdkServer } from "./sdk-server.ts";
import { sessionServer } from "./session-server.ts";
import type { ModuleSettings } from "./settings.ts";

type Factory = (context: unknown) => unknown;

/** Makes the server of a module. Throws an Error that says what in the module cannot be used. */
export async function createModuleServer(name: string, settings: ModuleSettings, world: McpWorld): Promise<McpServer> {
  const { file } = settings;
  const exported = await loadExport(settings, world);
  if (isFetchHandler(exported)) return handlerServer(name, exported, settings, world);
  if (!isFactory(exported)) throw new Error(`${file} exports ${nameOf(exported)}; ${EXPECTED}`);
  const notifier = new LateNotifier();
  const first = await serverOf(exported, file, notifier);
  if (!isModernSdkServer(first)) return sessionServer(name, oneAfter(first, exported, file), settings, world);
  // Made to be looked at: with this version of the SDK every request has a server of its own.
  await first.close();
  const sdk = await modernSdkBeside(resolve(world.resolvePath(file)));
  const make = (context: object): unknown => exported({ ...context, notify: notifier });
  const handler = sdk.createMcpHandler(make, { legacy: "reject" });
  if (!isFetchHandler(handler)) throw new Error(`The SDK beside ${file} makes no handler that can be asked.`);
  notifier.use(Reflect.get(handler, "notify"));
  return handlerServer(name, handler, settings, world, "modern");
}

const EXPECTED =
  "it is to export a function that makes an McpServer of @modelcontextprotocol/server or /sdk, or an object with fetch(Request).";

/** The servers of a factory that makes one for each session; the first is there already. */
function oneAfter(first: SdkServer, factory: Factory, file: string): () => Promise<SdkServer> {
  let made: SdkServer | undefined = first;
  return async () => {
    const next = made;
    made = undefined;
    return next ?? serverOf(factory, file, NOBODY);
  };
}

async function serverOf(factory: Factory, file: string, notify: ModuleNotifier): Promise<SdkServer> {
  let made: unknown;
  try {
    made = await factory({ era: "modern", notify });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`The function that ${file} exports failed: ${why}`, { cause: error });
  }
  if (isSdkServer(made)) return made;
  throw new Error(`The function that ${file} exports made ${nameOf(made)}; ${EXPECTED}`);
}

/** A class can be called only by `new`. */
function isFactory(value: unknown): value is Factory {
  return typeof value === "function" && !/^class\b/.test(Function.prototype.toString.call(value));
}

function nameOf(value: unknown): string {
  if (isSdkServer(value)) return "a server, of which only one client could have the use";
  if (typeof value === "function") return "a class";
  return value === null ? "null" : `a value of type ${typeof value}`;
}

/** Hands on once it is known to whom: the factory is called before there is anybody. */
class LateNotifier implements ModuleNotifier {
  #notifier: ModuleNotifier = NOBODY;

  use(notifier: unknown): void {
    if (typeof notifier === "object" && notifier !== null) this.#notifier = notifier as ModuleNotifier;
  }

  toolsChanged(): void {
    this.#notifier.toolsChanged();
  }

  promptsChanged(): void {
    this.#notifier.promptsChanged();
  }

  resourcesChanged(): void {
    this.#notifier.resourcesChanged();
  }

  resourceUpdated(uri: string): void {
    this.#notifier.resourceUpdated(uri);
  }
}

/** Servers of the SDK's version 1 tell their client themselves. */
const NOBODY: ModuleNotifier = {
  toolsChanged() {},
  promptsChanged() {},
  resourcesChanged() {},
  resourceUpdated() {},
};
