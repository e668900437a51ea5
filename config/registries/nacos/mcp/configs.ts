import { createHash } from "node:crypto";
import { entries, type Mapping } from "../../../check-values.ts";
import type { Connection } from "../connection.ts";
import type { Resource } from "../credentials.ts";
import { NacosRefusal } from "../refusal.ts";

/** A configuration that Nacos keeps. */
export interface ConfigKey {
  readonly dataId: string;
  readonly group: string;
}

/** What configurations are read with. */
export interface ConfigsOptions {
  readonly connection: Connection;
  readonly namespace: string;
  readonly headers: (resource: Resource) => Promise<Readonly<Record<string, string>>>;
}

const NOT_FOUND = 300;

/** Configurations read over one connection, which is told when one of them is no longer what it was. */
export class Configs {
  readonly #options: ConfigsOptions;

  constructor(options: ConfigsOptions) {
    this.#options = options;
  }

  /** The text; undefined when there is none. */
  async read({ dataId, group }: ConfigKey): Promise<string | undefined> {
    try {
      const { content } = await this.#ask("ConfigQueryRequest", group, { dataId, group });
      return typeof content === "string" ? content : undefined;
    } catch (error) {
      if (error instanceof NacosRefusal && error.code === NOT_FOUND) return undefined;
      throw error;
    }
  }

  /** From now on changes of these are pushed. Resolves to those that are not as they were read. */
  async listen(read: ReadonlyMap<ConfigKey, string | undefined>): Promise<readonly ConfigKey[]> {
    const contexts = [...read].map(([key, content]) => this.#context(key, md5(content)));
    const { changedConfigs } = await this.#batch(true, contexts);
    return entries(changedConfigs).flatMap(([, changed]) => readKey(changed) ?? []);
  }

  async forget(keys: readonly ConfigKey[]): Promise<void> {
    const contexts = keys.map((key) => this.#context(key, ""));
    if (contexts.length > 0) await this.#batch(false, contexts);
  }

  #context({ dataId, group }: ConfigKey, known: string): Mapping {
    return { dataId, group, tenant: this.#options.namespace, md5: known };
  }

  #batch(listen: boolean, configListenContexts: readonly Mapping[]): Promise<Mapping> {
    return this.#ask("ConfigBatchListenRequest", "", { listen, configListenContexts });
  }

  async #ask(type: string, group: string, body: Mapping): Promise<Mapping> {
    const { connection, namespace: tenant, headers } = this.#options;
    const resource = { config: group === "" ? tenant : `${tenant}+${group}` };
    return connection.ask(type, { ...body, tenant, module: "config" }, await headers(resource));
  }
}

/** The configuration that a message names. */
export function readKey({ dataId, group }: Mapping): ConfigKey | undefined {
  return typeof dataId === "string" && typeof group === "string" ? { dataId, group } : undefined;
}

/** As Nacos compares configurations; nothing when there is none. */
function md5(content: string | undefined): string {
  return content === undefined ? "" : createHash("md5").update(content).digest("hex");
}
