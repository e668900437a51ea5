import { boundaryOf, FormScanner } from "#src/core/form-scanner.ts";
import { isObject, type Json, type JsonObject } from "#src/core/json.ts";
import { parseObject, splicePath } from "#src/core/json-splice.ts";
import type { Bytes, Call } from "#src/core/plugin.ts";

/** A request's body that can name a model: a JSON object, or a form. */
export interface ModelBody {
  /** Empty when it names none. */
  readonly model: string;
  /** What a JSON body says; undefined for a form. */
  readonly object: JsonObject | undefined;
  /** The body with another name, every other byte as it was. */
  named(model: string): Bytes;
}

/** Where in a body the model stands: keys with dots between them, `\.` being a dot within one. */
export type ModelKey = readonly [string, ...string[]];

/** Takes a model's place apart: `request.model` is `model` in `request`. */
export function modelKey(text: string): ModelKey {
  const [first = "", ...rest] = text.split(/(?<!\\)\./).map((key) => key.replaceAll("\\.", "."));
  return [first, ...rest];
}

/** Whether a path ends as one of these does; `*` takes all. */
export function endsWithOne(path: string, suffixes: readonly string[]): boolean {
  return suffixes.some((suffix) => suffix === "*" || path.endsWith(suffix));
}

/** What a body says of its model; undefined when it is neither JSON nor a form that names one. */
export function modelBody({ request }: Call, body: Bytes, key: ModelKey): ModelBody | undefined {
  const contentType = request.headers.get("content-type") ?? "application/json";
  const boundary = boundaryOf(contentType);
  if (boundary !== undefined) return form(body, boundary, key.join("."));
  return /\bjson\b/i.test(contentType) ? json(body, key) : undefined;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function json(body: Bytes, key: ModelKey): ModelBody | undefined {
  let text: string;
  try {
    text = utf8.decode(body);
  } catch {
    return undefined;
  }
  const object = parseObject(text);
  if (object === undefined) return undefined;
  const model = valueAt(object, key);
  return {
    object,
    model: typeof model === "string" ? model : "",
    named: (other) => new TextEncoder().encode(splicePath(text, key, JSON.stringify(other))),
  };
}

function valueAt(object: JsonObject, key: ModelKey): Json | undefined {
  let value: Json | undefined = object;
  for (const part of key) value = isObject(value) && Object.hasOwn(value, part) ? value[part] : undefined;
  return value;
}

function form(body: Bytes, boundary: string, field: string): ModelBody | undefined {
  const scanner = new FormScanner(boundary, field);
  scanner.push(body);
  const { place } = scanner;
  if (place === undefined) return undefined;
  return {
    object: undefined,
    model: place.value,
    named(other) {
      const name = new TextEncoder().encode(other);
      const spliced = new Uint8Array(body.byteLength - (place.end - place.start) + name.byteLength);
      spliced.set(body.subarray(0, place.start));
      spliced.set(name, place.start);
      spliced.set(body.subarray(place.end), place.start + name.byteLength);
      return spliced;
    },
  };
}

/** The endings of paths whose bodies name a model, unless the configuration says others. */
export const MODEL_PATHS: readonly string[] = [
  "/completions",
  "/embeddings",
  "/images/generations",
  "/audio/speech",
  "/fine_tuning/jobs",
  "/moderations",
  "/image-synthesis",
  "/video-synthesis",
  "/rerank",
  "/messages",
  "/responses",
];

/** Whether a model's name, which a client chose, can stand in a header as it is. */
export function fitsHeader(model: string): boolean {
  return /^[!-~](?:[ -~]*[!-~])?$/.test(model);
}
