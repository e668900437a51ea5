import { charConstant, numberConstant, stringConstant } from "./constants.ts";
import { Scope } from "./scope.ts";
import type { Body, Command, Node, Operand, Parsed, ParsedTemplate, Pipeline } from "./syntax.ts";
import { cut, type Part, type Token } from "./tokens.ts";
import { TokenReader } from "./token-reader.ts";
import { TemplateError } from "./value.ts";

/** Reads a template. `knows` tells whether there is a function of that name, or why not. Throws a TemplateError. */
export function parseTemplate(source: string, knows: (name: string) => true | string): Parsed {
  return new Parser(cut(source), knows).parse();
}

/** What ended a body: `end`, or `else` with what follows it. */
interface Ending {
  readonly body: Body;
  readonly by: TokenReader | undefined;
}

class Parser {
  readonly #parts: readonly Part[];
  readonly #knows: (name: string) => true | string;
  readonly #templates = new Map<string, ParsedTemplate>();
  #at = 0;
  #scope = new Scope();
  #ranges = 0;
  #depth = 0;

  constructor(parts: readonly Part[], knows: (name: string) => true | string) {
    this.#parts = parts;
    this.#knows = knows;
  }

  parse(): Parsed {
    const { body, by } = this.#body();
    if (by !== undefined) throw new TemplateError(`unexpected {{${by.word}}}`);
    this.#templates.set("", { body, slots: this.#scope.most });
    return { templates: this.#templates };
  }

  /** Up to an `end` or `else`, or the end of everything. */
  #body(): Ending {
    if (++this.#depth > 100) throw new TemplateError("blocks are nested more than 100 deep");
    const body: Node[] = [];
    let by: TokenReader | undefined;
    while (by === undefined && this.#at < this.#parts.length) {
      const part = this.#parts[this.#at++]!;
      if ("text" in part) body.push({ kind: "text", text: part.text });
      else {
        const reader = new TokenReader(part.tokens, part.source);
        if (reader.word === "end" || reader.word === "else") by = reader;
        else body.push(...this.#action(reader));
      }
    }
    this.#depth -= 1;
    return { body, by };
  }

  #action(reader: TokenReader): readonly Node[] {
    const { word } = reader;
    if (word === "if" || word === "with" || word === "range") return [this.#control(reader.skip(), word)];
    if (word === "template") return [this.#invocation(reader.skip())];
    if (word === "define") return this.#definition(reader.skip());
    if (word === "block") return this.#block(reader.skip());
    if (word === "break" || word === "continue") return [this.#jump(reader.skip(), word)];
    const pipe = this.#pipeline(reader, 1);
    reader.finish();
    return [{ kind: "action", pipe }];
  }

  #control(reader: TokenReader, kind: "if" | "with" | "range"): Node {
    return this.#scope.within(() => {
      const pipe = this.#pipeline(reader, kind === "range" ? 2 : 1);
      reader.finish();
      if (kind === "range") this.#ranges += 1;
      const { body, by } = this.#scope.within(() => this.#body());
      if (kind === "range") this.#ranges -= 1;
      return { kind, pipe, body, otherwise: this.#otherwise(by, kind) };
    });
  }

  /** What follows a body: nothing after `end`, the other branch after `else`. */
  #otherwise(by: TokenReader | undefined, kind: string): Body {
    if (by === undefined) throw new TemplateError(`{{${kind}}} has no {{end}}`);
    if (by.word === "end") {
      by.skip().finish();
      return [];
    }
    const { word } = by.skip();
    // `else if` shares the end of what it belongs to.
    if ((word === "if" || word === "with") && word === kind) return [this.#control(by.skip(), word)];
    by.finish();
    const { body, by: end } = this.#scope.within(() => this.#body());
    if (end?.word !== "end") throw new TemplateError(`{{else}} of {{${kind}}} has no {{end}}`);
    end.skip().finish();
    return body;
  }

  #invocation(reader: TokenReader): Node {
    const name = reader.string("template");
    const pipe = reader.over ? undefined : this.#pipeline(reader, 1);
    reader.finish();
    return { kind: "template", name, pipe };
  }

  #definition(reader: TokenReader): readonly Node[] {
    if (this.#depth !== 1) throw new TemplateError("{{define}} stands on its own, not within another block");
    const name = reader.string("define");
    reader.finish();
    this.#define(name);
    return [];
  }

  #block(reader: TokenReader): readonly Node[] {
    const name = reader.string("block");
    const pipe = this.#pipeline(reader, 1);
    reader.finish();
    this.#define(name);
    return [{ kind: "template", name, pipe }];
  }

  /** A template of its own sees no variables of the one around it. */
  #define(name: string): void {
    const outer = { scope: this.#scope, ranges: this.#ranges };
    this.#scope = new Scope();
    this.#ranges = 0;
    const { body, by } = this.#body();
    if (by?.word !== "end") throw new TemplateError(`{{define ${JSON.stringify(name)}}} has no {{end}}`);
    by.skip().finish();
    const empty = body.every((node) => node.kind === "text" && node.text.trim() === "");
    if (!empty || !this.#templates.has(name)) this.#templates.set(name, { body, slots: this.#scope.most });
    ({ scope: this.#scope, ranges: this.#ranges } = outer);
  }

  #jump(reader: TokenReader, kind: "break" | "continue"): Node {
    reader.finish();
    if (this.#ranges === 0) throw new TemplateError(`{{${kind}}} stands outside of {{range}}`);
    return { kind };
  }

  #pipeline(reader: TokenReader, variables: number): Pipeline {
    const { names, declares } = reader.targets(variables);
    const commands: Command[] = [];
    do {
      commands.push(this.#command(reader, commands.length > 0));
    } while (reader.takes("|"));
    // Declared only now: the commands do not see them yet.
    const targets = names.map((name) => (declares ? this.#scope.declare(name) : this.#scope.find(name)));
    return { targets, commands };
  }

  #command(reader: TokenReader, piped: boolean): Command {
    const operands: Operand[] = [];
    while (!reader.over && !reader.sees("|") && !reader.sees(")")) operands.push(this.#operand(reader));
    const [first] = operands;
    if (first === undefined) throw new TemplateError(`a value is missing in ${reader.source}`);
    if (first.kind === "nil") throw new TemplateError(`nil is no command in ${reader.source}`);
    if (piped && first.kind !== "function" && first.kind !== "field") {
      throw new TemplateError(`only a function can stand behind | in ${reader.source}`);
    }
    if (operands.length > 1 && first.kind !== "function") {
      throw new TemplateError(`what is no function gets arguments in ${reader.source}`);
    }
    return { operands };
  }

  #operand(reader: TokenReader): Operand {
    const of = this.#term(reader);
    const path: string[] = [];
    while (reader.continues) path.push(reader.next().text);
    if (path.length === 0) return of;
    return of.kind === "field" ? { ...of, path: [...of.path, ...path] } : { kind: "field", of, path };
  }

  #term(reader: TokenReader): Operand {
    const token = reader.next();
    if (token.text === "(" && token.kind === "mark") {
      if (++this.#depth > 100) throw new TemplateError("brackets are nested more than 100 deep");
      const pipe = this.#scope.within(() => this.#pipeline(reader, 1));
      if (!reader.takes(")")) throw new TemplateError(`a bracket is not closed in ${reader.source}`);
      this.#depth -= 1;
      return { kind: "pipe", pipe };
    }
    const term = TERMS[token.kind]?.(token);
    if (term !== undefined) return term;
    if (token.kind === "variable") return { kind: "variable", slot: this.#scope.find(token.text) };
    if (token.kind === "word") return this.#word(token);
    throw new TemplateError(`unexpected ${JSON.stringify(token.text)} in ${reader.source}`);
  }

  #word({ text }: Token): Operand {
    if (text === "true" || text === "false") return { kind: "constant", value: text === "true" };
    if (text === "nil") return { kind: "nil" };
    const known = this.#knows(text);
    if (known !== true) throw new TemplateError(known);
    return { kind: "function", name: text };
  }
}

/** Operands that need nothing but their token; undefined for another meaning. */
const TERMS: Readonly<Partial<Record<Token["kind"], (token: Token) => Operand | undefined>>> = {
  mark: ({ text }) => (text === "." ? { kind: "dot" } : undefined),
  field: ({ text }) => ({ kind: "field", of: { kind: "dot" }, path: [text] }),
  string: ({ text }) => ({ kind: "constant", value: stringConstant(text) }),
  char: ({ text }) => ({ kind: "constant", value: charConstant(text) }),
  number: ({ text }) => ({ kind: "constant", value: numberConstant(text) }),
};
