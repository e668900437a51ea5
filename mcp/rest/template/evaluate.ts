import { callFunction } from "./functions/table.ts";
import { getPath } from "#src/core/gjson/get.ts";
import { JsonNode } from "#src/core/gjson/node.ts";
import { Path } from "#src/core/gjson/path.ts";
import { printed } from "./print.ts";
import { iterate } from "./range.ts";
import type { Run } from "./run.ts";
import type { Body, Command, Node, Operand, Parsed, Pipeline } from "./syntax.ts";
import { isDict, isList, isTrue, TemplateError, type Value, valueOf } from "./value.ts";

/** What a loop does after a part of its body. */
type Signal = "next" | "break" | "continue";
type Step = (run: Run, dot: Value) => Signal;
type Expression = (run: Run, dot: Value) => Value;

/** What an argument becomes where it is put bare, as in `{{.args.city}}`. `before` is what the template has written so far. */
export type Insert = (text: string, before: string) => string;

/** A template as one function. Throws a TemplateError when it calls what it does not define. */
export function compile(parsed: Parsed, insert?: Insert): (run: Run, data: Value) => void {
  const compiled = new Map<string, { slots: number; body: Step }>();
  const invoke = (name: string): ((run: Run, dot: Value) => void) => {
    if (!parsed.templates.has(name)) throw new TemplateError(`there is no template ${JSON.stringify(name)}`);
    return (run, dot) => {
      const { slots, body } = compiled.get(name)!;
      run.enter(slots, dot, () => void body(run, dot));
    };
  };
  const compiler = new Compiler(invoke, insert);
  for (const [name, { body, slots }] of parsed.templates) compiled.set(name, { slots, body: compiler.body(body) });
  return invoke("");
}

class Compiler {
  readonly #invoke: (name: string) => (run: Run, dot: Value) => void;
  readonly #insert: Insert | undefined;

  constructor(invoke: (name: string) => (run: Run, dot: Value) => void, insert: Insert | undefined) {
    this.#invoke = invoke;
    this.#insert = insert;
  }

  body(nodes: Body): Step {
    const steps = nodes.map((node) => this.#node(node));
    return (run, dot) => {
      for (const step of steps) {
        const signal = step(run, dot);
        if (signal !== "next") return signal;
      }
      return "next";
    };
  }

  #node(node: Node): Step {
    switch (node.kind) {
      case "text":
        return (run) => {
          run.write(node.text);
          return "next";
        };
      case "action":
        return this.#action(node.pipe);
      case "if":
      case "with":
        return this.#choice(node);
      case "range":
        return this.#loop(node);
      case "template":
        return this.#template(node);
      default:
        return () => node.kind;
    }
  }

  #action(pipe: Pipeline): Step {
    const value = this.#pipeline(pipe);
    const silent = pipe.targets.length > 0;
    const insert = isBareArgument(pipe) ? this.#insert : undefined;
    if (insert !== undefined && !silent) {
      return (run, dot) => {
        run.write(insert(printed(value(run, dot)), run.out));
        return "next";
      };
    }
    return (run, dot) => {
      const result = value(run, dot);
      if (!silent) run.write(printed(result));
      return "next";
    };
  }

  #choice(node: Extract<Node, { kind: "if" | "with" }>): Step {
    const condition = this.#pipeline(node.pipe);
    const body = this.body(node.body);
    const otherwise = this.body(node.otherwise);
    const moves = node.kind === "with";
    return (run, dot) => {
      const value = condition(run, dot);
      return isTrue(value) ? body(run, moves ? value : dot) : otherwise(run, dot);
    };
  }

  #loop(node: Extract<Node, { kind: "range" }>): Step {
    const { targets, commands } = node.pipe;
    const over = this.#commands(commands);
    const body = this.body(node.body);
    const otherwise = this.body(node.otherwise);
    const [first, second] = targets;
    return (run, dot) => {
      let rounds = 0;
      for (const [key, value] of iterate(over(run, dot), targets.length)) {
        run.step();
        rounds += 1;
        if (first !== undefined) run.frame[first] = second === undefined ? value : key;
        if (second !== undefined) run.frame[second] = value;
        if (body(run, value) === "break") break;
      }
      return rounds === 0 ? otherwise(run, dot) : "next";
    };
  }

  #template(node: Extract<Node, { kind: "template" }>): Step {
    const invoke = this.#invoke(node.name);
    const pipe = node.pipe === undefined ? () => undefined : this.#pipeline(node.pipe);
    return (run, dot) => {
      invoke(run, pipe(run, dot));
      return "next";
    };
  }

  #pipeline({ targets, commands }: Pipeline): Expression {
    const value = this.#commands(commands);
    const [target] = targets;
    if (target === undefined) return value;
    return (run, dot) => (run.frame[target] = value(run, dot));
  }

  #commands(commands: readonly Command[]): Expression {
    let value = this.#command(commands[0]!, undefined);
    for (const command of commands.slice(1)) value = this.#command(command, value);
    return value;
  }

  /** `last` is what the command before in the pipeline makes. */
  #command({ operands }: Command, last: Expression | undefined): Expression {
    const [head, ...rest] = operands;
    const args = rest.map((operand) => this.#operand(operand));
    if (last !== undefined) args.push(last);
    if (head?.kind === "function") return call(head.name, args);
    if (last !== undefined) throw new TemplateError("only a function can stand behind |");
    return this.#operand(head!);
  }

  #operand(operand: Operand): Expression {
    switch (operand.kind) {
      case "dot":
        return (_, dot) => dot;
      case "nil":
        return () => null;
      case "constant":
        return () => operand.value;
      case "variable":
        return (run) => run.frame[operand.slot];
      case "function":
        return call(operand.name, []);
      case "pipe":
        return this.#pipeline(operand.pipe);
      default:
        return this.#field(operand);
    }
  }

  #field({ of, path }: Extract<Operand, { kind: "field" }>): Expression {
    const base = this.#operand(of);
    const whole = Path.of(path.join("."));
    return (run, dot) => {
      const value = base(run, dot);
      return value instanceof JsonNode ? valueOf(getPath(value, whole)) : member(value, path);
    };
  }
}

/** `.args.x`, `$.args.x` and `gjson "args.x"`, without any function that could have made it fit already. */
function isBareArgument({ commands: [first, ...more] }: Pipeline): boolean {
  if (first === undefined || more.length > 0) return false;
  const [head, path] = first.operands;
  if (head?.kind === "function") {
    return head.name === "gjson" && path?.kind === "constant" && /^args\b/.test(String(path.value));
  }
  if (head?.kind !== "field" || head.path[0] !== "args") return false;
  return head.of.kind === "dot" || (head.of.kind === "variable" && head.of.slot === 0);
}

/** Goes into lists and maps that the template made; what comes from the document is a JsonNode again. */
function member(value: Value, path: readonly string[]): Value {
  let at = value;
  for (const [index, name] of path.entries()) {
    if (at instanceof JsonNode) return valueOf(getPath(at, Path.of(path.slice(index).join("."))));
    if (isDict(at)) at = at.get(name);
    else if (isList(at)) at = /^\d+$/.test(name) ? at[Number(name)] : undefined;
    else return undefined;
  }
  return at;
}

/** `and` and `or` take no more arguments than they need, `gjson` looks into the dot; all others are functions. */
function call(name: string, args: readonly Expression[]): Expression {
  if (name === "and" || name === "or") return shortCircuit(name, args);
  if (name === "gjson") return query(args);
  const apply = callFunction(name, args.length);
  return (run, dot) => {
    run.step();
    return apply(
      args.map((arg) => arg(run, dot)),
      run.context,
    );
  };
}

function shortCircuit(name: "and" | "or", args: readonly Expression[]): Expression {
  if (args.length === 0) throw new TemplateError(`${name} needs a value`);
  const stopsAt = name === "or";
  return (run, dot) => {
    let value: Value;
    for (const arg of args) {
      value = arg(run, dot);
      if (isTrue(value) === stopsAt) return value;
    }
    return value;
  };
}

function query(args: readonly Expression[]): Expression {
  const [path] = args;
  if (path === undefined || args.length > 1) throw new TemplateError("gjson needs one path");
  return (run, dot) => {
    const text = path(run, dot);
    if (typeof text !== "string") throw new TemplateError("gjson needs a path in quotes");
    return dot instanceof JsonNode ? valueOf(getPath(dot, Path.of(text))) : undefined;
  };
}
