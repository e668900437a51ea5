import { isObject, type Json, type JsonObject } from "#src/core/json.ts";
import type { ArgumentOverride, ToolOverride } from "./settings.ts";

/** A tool's definition as an override shows it, under another name. */
export function shownTool(tool: JsonObject, name: string, override: ToolOverride | undefined): JsonObject {
  if (override === undefined) return { ...tool, name };
  const { title, description, annotations, arguments: args } = override;
  const own = isObject(tool["annotations"]) ? tool["annotations"] : {};
  const schema = isObject(tool["inputSchema"]) ? tool["inputSchema"] : { type: "object" };
  return {
    ...tool,
    name,
    ...(title === undefined ? {} : { title }),
    ...(description === undefined ? {} : { description }),
    ...(annotations === undefined ? {} : { annotations: { ...own, ...annotations } }),
    inputSchema: args === undefined ? schema : shownSchema(schema, args),
  };
}

/** The arguments that the owner gets, of those the model gave. */
export function ownArguments(given: JsonObject, override: ToolOverride | undefined): JsonObject {
  const args = override?.arguments;
  if (args === undefined) return given;
  const own: JsonObject = { ...given };
  // Taken out before anything is put in: a shown name may be another argument's own.
  for (const { name } of Object.values(args)) if (name !== undefined) delete own[name];
  for (const [key, { name, value, default: fallback }] of Object.entries(args)) {
    const said = value ?? (name === undefined ? given[key] : given[name]) ?? fallback;
    if (said === undefined) delete own[key];
    else own[key] = said;
  }
  return own;
}

function shownSchema(schema: JsonObject, args: Readonly<Record<string, ArgumentOverride>>): JsonObject {
  const properties = isObject(schema["properties"]) ? schema["properties"] : {};
  const required = Array.isArray(schema["required"]) ? schema["required"] : [];
  const shown = Object.entries(properties).flatMap(([key, property]): [string, Json][] => {
    const override = Object.hasOwn(args, key) ? args[key] : undefined;
    if (override?.value !== undefined) return [];
    return [[override?.name ?? key, override === undefined ? property : shownProperty(property, override)]];
  });
  const needed = required.flatMap((key): string[] => {
    if (typeof key !== "string") return [];
    const override = Object.hasOwn(args, key) ? args[key] : undefined;
    if (override?.value !== undefined || override?.default !== undefined) return [];
    return [override?.name ?? key];
  });
  return { ...schema, properties: Object.fromEntries(shown), required: needed };
}

function shownProperty(property: Json, { description, default: fallback }: ArgumentOverride): Json {
  if (!isObject(property)) return property;
  return {
    ...property,
    ...(description === undefined ? {} : { description }),
    ...(fallback === undefined ? {} : { default: fallback }),
  };
}
