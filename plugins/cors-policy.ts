import { compileOriginPatterns } from "./origin-patterns.ts";

/** The configuration of cors, with its defaults. */
export interface CorsOptions {
  readonly allow_origins: readonly string[];
  readonly allow_origin_patterns: readonly string[];
  readonly allow_methods: readonly string[];
  readonly allow_headers: readonly string[];
  readonly expose_headers: readonly string[];
  readonly allow_credentials: boolean;
  readonly max_age: number;
  /** Requests that are not allowed pass, without leave. */
  readonly pass_others: boolean;
}

/** A day, in seconds. */
export const DEFAULT_MAX_AGE = 86_400;

/** What a browser wants to know. */
export interface CorsQuestion {
  readonly origin: string;
  /** Asked ahead, for the request that `method` and `headers` are of. */
  readonly preflight: boolean;
  readonly method: string;
  readonly headers: readonly string[];
}

/** What it may do; texts as in the headers, empty ones are not sent. */
export interface CorsGrant {
  readonly preflight: boolean;
  readonly origin: string;
  readonly methods: string;
  readonly headers: string;
  readonly expose: string;
  readonly credentials: boolean;
  readonly maxAge: number | undefined;
}

/** What is allowed to whom. */
export interface CorsPolicy {
  /** Credentials were wanted, but not for every origin there is. */
  readonly withoutCredentials: boolean;
  /** Undefined: it may not. */
  ask(question: CorsQuestion): CorsGrant | undefined;
}

const ALL = "*";

/** Makes the configuration a policy. Lists with `*` in them allow everything. */
export function compilePolicy(options: CorsOptions): CorsPolicy {
  const { allow_credentials: wanted, max_age: maxAge } = options;
  const origins = entries(options.allow_origins);
  const patterns = entries(options.allow_origin_patterns);
  const open = origins.includes(ALL) || (origins.length + patterns.length === 0 && !wanted);
  const known = new Set(origins.map((origin) => origin.toLowerCase().replace(/\/$/, "")));
  const fits = compileOriginPatterns(patterns);
  const methods = new Choice(entries(options.allow_methods).map((method) => method.toUpperCase()));
  const headers = new Choice(entries(options.allow_headers));
  const exposed = entries(options.expose_headers);
  const credentials = wanted && !origins.includes(ALL);
  return {
    withoutCredentials: wanted && !credentials,
    ask({ origin, preflight, method, headers: asked }) {
      const allowed = open || known.has(origin.toLowerCase()) || fits(origin);
      if (!allowed || !methods.allows([method]) || (preflight && !headers.allows(asked))) return undefined;
      return {
        preflight,
        origin,
        methods: preflight ? methods.told([method]) : "",
        headers: preflight ? headers.told(asked) : "",
        expose: exposed.includes(ALL) ? ALL : exposed.join(","),
        credentials,
        maxAge: preflight ? maxAge : undefined,
      };
    },
  };
}

function entries(list: readonly string[]): readonly string[] {
  return list.map((entry) => entry.trim()).filter((entry) => entry !== "");
}

/** Methods or headers to choose from, in any case of letters. */
class Choice {
  readonly #all: boolean;
  readonly #known: ReadonlySet<string>;
  readonly #text: string;

  constructor(list: readonly string[]) {
    this.#all = list.includes(ALL);
    this.#known = new Set(list.map((one) => one.toLowerCase()));
    this.#text = list.join(",");
  }

  allows(asked: readonly string[]): boolean {
    return this.#all || asked.every((one) => this.#known.has(one.toLowerCase()));
  }

  /** What there is; where everything is allowed, what was asked for: with credentials `*` would stand for itself. */
  told(asked: readonly string[]): string {
    return this.#all ? asked.join(",") : this.#text;
  }
}
