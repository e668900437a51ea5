import { isObject, type Json, type JsonObject } from "#src/core/json.ts";
import type { McpServer } from "#src/core/mcp/server.ts";
import { compilePatterns } from "#src/core/pattern.ts";
import type { MemberSettings, ToolOverride } from "./settings.ts";
import { ownArguments, shownTool } from "./tool-view.ts";

/** A server of a set, and the names its tools and prompts have there. */
export class Member {
  readonly name: string;
  readonly server: McpServer;
  readonly #prefix: string;
  readonly #overrides: Readonly<Record<string, ToolOverride>>;
  /** Own names of tools by those that overrides give. */
  readonly #renamed: ReadonlyMap<string, string>;
  readonly #shows: (name: string) => boolean;

  constructor(settings: MemberSettings, server: McpServer) {
    const { tools, except = [], prefix, override = {} } = settings;
    this.name = settings.server;
    this.server = server;
    this.#prefix = prefix ?? `${settings.server}__`;
    this.#overrides = override;
    this.#renamed = new Map(
      Object.entries(override).flatMap(([own, { name }]) => (name === undefined ? [] : [[name, own] as const])),
    );
    const wanted = tools === undefined ? () => true : compilePatterns(tools);
    const unwanted = compilePatterns(except);
    this.#shows = (own) => wanted(own) && !unwanted(own);
  }

  /** The tools that are shown, of the server's own list. */
  shownTools(tools: readonly Json[]): JsonObject[] {
    return tools.flatMap((tool) => {
      const own = isObject(tool) ? tool["name"] : undefined;
      if (!isObject(tool) || typeof own !== "string" || !this.#shows(own)) return [];
      const override = this.#overrideOf(own);
      return [shownTool(tool, override?.name ?? this.#prefix + own, override)];
    });
  }

  shownPrompts(prompts: readonly Json[]): JsonObject[] {
    return prompts.flatMap((prompt) => {
      const own = isObject(prompt) ? prompt["name"] : undefined;
      return isObject(prompt) && typeof own === "string" ? [{ ...prompt, name: this.#prefix + own }] : [];
    });
  }

  /** The server's own name of a tool that may be shown under `name`; undefined when it has none that is. */
  ownTool(name: string): string | undefined {
    const renamed = this.#renamed.get(name);
    if (renamed !== undefined) return this.#shows(renamed) ? renamed : undefined;
    const own = this.ownPrompt(name);
    // A tool that has another name is not to be had under its old one.
    if (own === undefined || !this.#shows(own) || this.#overrideOf(own)?.name !== undefined) return undefined;
    return own;
  }

  /** The server's own name of a prompt that would be shown under `name`. */
  ownPrompt(name: string): string | undefined {
    return name.startsWith(this.#prefix) ? name.slice(this.#prefix.length) : undefined;
  }

  /** Whether a tool is called with other arguments than it is shown with. */
  changesArguments(own: string): boolean {
    return this.#overrideOf(own)?.arguments !== undefined;
  }

  ownArguments(own: string, given: JsonObject): JsonObject {
    return ownArguments(given, this.#overrideOf(own));
  }

  #overrideOf(own: string): ToolOverride | undefined {
    return Object.hasOwn(this.#overrides, own) ? this.#overrides[own] : undefined;
  }
}
