/** A template taken apart, as Go's `text/template` reads it. */

/** One step of a template's text. */
export type Node =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "action"; readonly pipe: Pipeline }
  | { readonly kind: "if" | "with"; readonly pipe: Pipeline; readonly body: Body; readonly otherwise: Body }
  | { readonly kind: "range"; readonly pipe: Pipeline; readonly body: Body; readonly otherwise: Body }
  | { readonly kind: "template"; readonly name: string; readonly pipe: Pipeline | undefined }
  | { readonly kind: "break" | "continue" };

export type Body = readonly Node[];

/** Commands, each with the result of the one before as its last argument. */
export interface Pipeline {
  /** Variables the result goes to, by their places in the frame. With two, a `range` gives the first the key. */
  readonly targets: readonly number[];
  readonly commands: readonly Command[];
}

export interface Command {
  /** The first is what is carried out; the others are its arguments. */
  readonly operands: readonly Operand[];
}

export type Operand =
  | { readonly kind: "dot" }
  | { readonly kind: "nil" }
  | { readonly kind: "constant"; readonly value: boolean | string | bigint | number }
  /** `.a.b`, `$x.a.b` or `(…).a.b`. */
  | { readonly kind: "field"; readonly of: Operand; readonly path: readonly string[] }
  | { readonly kind: "variable"; readonly slot: number }
  | { readonly kind: "function"; readonly name: string }
  | { readonly kind: "pipe"; readonly pipe: Pipeline };

/** A whole template: its own text under the name "", and those it defines. */
export interface Parsed {
  readonly templates: ReadonlyMap<string, ParsedTemplate>;
}

export interface ParsedTemplate {
  readonly body: Body;
  /** How many variables it needs at a time. */
  readonly slots: number;
}
