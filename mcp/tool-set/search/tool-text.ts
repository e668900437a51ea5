import { isObject, type JsonObject } from "#src/core/json.ts";

/** What is searched of a tool. */
export interface ToolText {
  readonly name: string;
  /** The name as words: `listOpenIssues` and `list_open_issues` are the same three. */
  readonly words: string;
  readonly title: string;
  readonly description: string;
  /** Names and descriptions of its arguments. */
  readonly args: string;
}

/** A tool as text. */
export function textOf(tool: JsonObject): ToolText {
  const { name, title, description, inputSchema } = tool;
  const shown = typeof name === "string" ? name : "";
  return {
    name: shown,
    words: wordsOf(shown),
    title: typeof title === "string" ? title : "",
    description: typeof description === "string" ? description : "",
    args: argsOf(inputSchema),
  };
}

/** One text of it all, for an embedding. */
export function wholeText({ words, title, description, args }: ToolText): string {
  return [words, title, description, args].filter((part) => part !== "").join("\n");
}

function wordsOf(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
}

function argsOf(schema: JsonObject[string] | undefined): string {
  const properties = isObject(schema) && isObject(schema["properties"]) ? schema["properties"] : {};
  const parts = Object.entries(properties).map(([key, property]) => {
    const description = isObject(property) ? property["description"] : undefined;
    return `${wordsOf(key)} ${typeof description === "string" ? description : ""}`;
  });
  return parts.join(" ");
}
