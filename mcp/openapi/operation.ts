import type { JsonObject } from "#src/core/json.ts";
import type { ArgPosition, ParameterStyle } from "#mcp/rest/format.ts";
import type { Located } from "./references.ts";

/** One operation of a document of whichever version, its references but those of schemas followed. */
export interface Operation {
  /** In upper case. */
  readonly method: string;
  /** With `{name}` where parameters go. */
  readonly path: string;
  readonly id?: string;
  readonly summary?: string;
  readonly description?: string;
  readonly tags: readonly string[];
  readonly deprecated: boolean;
  readonly parameters: readonly Parameter[];
  readonly body?: Body;
  readonly answer?: Answer;
  /** The ways to be let in, each of them all of its schemes at once; undefined when the document says nothing. */
  readonly security?: readonly (readonly string[])[];
  /** The nearest of the operation's, the path's and the document's own; the first is used. */
  readonly servers: readonly Server[];
}

export interface Parameter {
  readonly name: string;
  readonly in: Exclude<ArgPosition, "body">;
  readonly description?: string;
  readonly required: boolean;
  readonly deprecated: boolean;
  readonly schema: Located;
  readonly style: ParameterStyle;
  readonly explode: boolean;
  readonly allowReserved: boolean;
  /** The media type of its value, where it has one. */
  readonly contentType?: string;
}

export interface Body {
  readonly contentType: string;
  readonly description?: string;
  /** Undefined where the document does not say it. */
  readonly required?: boolean;
  readonly schema: Located;
  /** OpenAPI's Encoding Objects, by the field's name. */
  readonly encoding: JsonObject;
}

/** What comes back when it went well. */
export interface Answer {
  readonly description?: string;
  /** The schema of its JSON, where every answer that it went well has some. */
  readonly schema?: Located;
  readonly contentType?: string;
}

export interface Server {
  readonly url: string;
  readonly variables: Readonly<Record<string, ServerVariable>>;
}

export interface ServerVariable {
  readonly default: string;
  readonly enum?: readonly string[];
}

/** What an operation is called in messages and settings: `GET /pets`. */
export function placeOf({ method, path }: Pick<Operation, "method" | "path">): string {
  return `${method} ${path}`;
}
