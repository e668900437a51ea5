import { TemplateError, type Value } from "./value.ts";

/** What a template may know of the world. */
export interface TemplateContext {
  /** Unix time in milliseconds. */
  readonly now: () => number;
  /** At least 0, below 1. */
  readonly random: () => number;
  /** The client's address by `x-forwarded-for`, else by its connection; empty when neither is known. */
  readonly realIp: string;
  readonly socketIp: string;
}

/** How far one rendering may go. */
export interface TemplateLimits {
  /** Characters. */
  readonly output: number;
  /** Rounds of loops, templates within templates and calls of functions, all together. */
  readonly steps: number;
}

export const TEMPLATE_LIMITS: TemplateLimits = { output: 8 * 1024 * 1024, steps: 1_000_000 };

/** Templates within templates; nothing that means something needs more. */
const MAX_DEPTH = 200;

/** One rendering under way. */
export class Run {
  readonly context: TemplateContext;
  readonly #limits: TemplateLimits;
  #steps = 0;
  #depth = 0;
  out = "";
  /** The variables of the template being carried out. */
  frame: Value[] = [];

  constructor(context: TemplateContext, limits: TemplateLimits) {
    this.context = context;
    this.#limits = limits;
  }

  write(text: string): void {
    this.out += text;
    if (this.out.length > this.#limits.output) {
      throw new TemplateError(`the result is longer than ${this.#limits.output} characters`);
    }
  }

  step(): void {
    if (++this.#steps > this.#limits.steps) throw new TemplateError(`it takes more than ${this.#limits.steps} steps`);
  }

  /** Carries out a template with variables of its own. */
  enter(slots: number, dot: Value, body: () => void): void {
    if (this.#depth >= MAX_DEPTH) throw new TemplateError(`templates call each other more than ${MAX_DEPTH} deep`);
    const outer = this.frame;
    this.#depth += 1;
    this.frame = Array.from({ length: slots });
    this.frame[0] = dot;
    this.step();
    body();
    this.frame = outer;
    this.#depth -= 1;
  }
}
