import { readFileSync } from "node:fs";
import { parseAllDocuments } from "yaml";
import { z } from "zod";

/** The format of the files in tests/kubernetes: see its README. */

/** What must be there: a value, an expression between slashes; null for what must not be. */
type Wanted = Readonly<Record<string, string | null>>;

/** What a backend must have seen. */
export interface WantedSight {
  readonly method?: string | undefined;
  /** With the query. */
  readonly path?: string | undefined;
  readonly host?: string | undefined;
  readonly body?: string | undefined;
  readonly version?: string | undefined;
  readonly headers: Wanted;
}

/** What must be answered. */
export interface Expectation {
  /** A number, or several between bars: 502|503. 0: the connection fails. */
  readonly status: number | string;
  readonly headers: Wanted;
  readonly body?: string | undefined;
  /** The name of the backend that answered; null: none was asked. */
  readonly backend?: string | null | undefined;
  readonly sees?: WantedSight | undefined;
  /** How often backends got it. */
  readonly tries?: number | undefined;
  /** A backend that gets a copy. */
  readonly mirrored?: string | undefined;
  /** The common name of the certificate that was shown. */
  readonly certificate?: string | undefined;
  /** Of all requests: what share, in percent, each backend answers. */
  readonly shares?: Readonly<Record<string, number>> | undefined;
  /** All requests are answered by one backend. */
  readonly same?: true | undefined;
  /** The connection is refused, or the request with status 400. */
  readonly refused?: true | undefined;
}

/** A request and what must be answered. */
export interface Asked {
  /** `GET http://shop.test/path`. */
  readonly ask: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** The certificate that the client shows: one of the fixtures (`loopback`), or PEM. */
  readonly client?: string | { readonly cert: string; readonly key: string } | undefined;
  readonly times: number;
  /** Cookies that answers set are sent with the next of `times` requests. */
  readonly cookies: boolean;
  readonly expect: Expectation;
  /** Planes that cannot do it, and why: told instead of asked. */
  readonly skip: Readonly<Record<string, string>>;
}

const texts = z.record(z.string(), z.string());
const wanted = z.record(z.string(), z.union([z.string(), z.null()]));

const expectation: z.ZodType<Expectation> = z.strictObject({
  status: z.union([z.number(), z.string()]).default(200),
  headers: wanted.default({}),
  body: z.string().optional(),
  backend: z.union([z.string(), z.null()]).optional(),
  sees: z
    .strictObject({
      method: z.string().optional(),
      path: z.string().optional(),
      host: z.string().optional(),
      body: z.string().optional(),
      version: z.string().optional(),
      headers: wanted.default({}),
    })
    .optional(),
  tries: z.number().optional(),
  mirrored: z.string().optional(),
  certificate: z.string().optional(),
  shares: z.record(z.string(), z.number()).optional(),
  same: z.literal(true).optional(),
  refused: z.literal(true).optional(),
});

const asked: z.ZodType<Asked> = z.strictObject({
  ask: z.string().regex(/^[A-Z]+ https?:\/\//),
  headers: texts.default({}),
  body: z.string().optional(),
  client: z.union([z.string(), z.strictObject({ cert: z.string(), key: z.string() })]).optional(),
  times: z.number().default(1),
  cookies: z.boolean().default(false),
  expect: expectation,
  skip: texts.default({}),
});

const requests: z.ZodType<{ readonly kind: "Requests"; readonly requests: readonly Asked[] }> = z.strictObject({
  kind: z.literal("Requests"),
  requests: z.array(asked).min(1),
});

/** Objects and the requests that show what they do. */
export interface CaseFile {
  readonly name: string;
  /** The first line's comment. */
  readonly title: string;
  /** YAML text of the objects, placeholders filled in later. */
  readonly objects: string;
  readonly requests: readonly Asked[];
}

/** Reads a case: objects, and documents of the kind `Requests`. Throws an Error that names the file when it is not of that form. */
export function readCase(path: string): CaseFile {
  const text = readFileSync(path, "utf8");
  const name = path.replace(/^.*\//, "").replace(/\.yaml$/, "");
  const parts = text.split(/^---$/m);
  const [own, objects] = [parts.filter(isRequests), parts.filter((part) => !isRequests(part))];
  const title = /^#\s*(.*)/.exec(text)?.[1] ?? name;
  try {
    const read = own.flatMap((part) => requests.parse(parseAllDocuments(part).at(0)?.toJS()).requests);
    return { name, title, objects: objects.join("---"), requests: read };
  } catch (error) {
    throw new Error(`${path} is not a case: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

function isRequests(part: string): boolean {
  return /^kind: Requests$/m.test(part);
}

/** Alone in quotes, which are YAML's, these go with it. */
const PLACEHOLDER = /"\{\{(?:([\w-]+)\.(host|port)|pem ([\w.-]+))\}\}"|\{\{([\w-]+)\.(host|port)\}\}/g;

/** The backends that a text names: `"{{one.host}}"`, `{{one.port}}`. */
export function backendsIn(text: string): readonly string[] {
  return [...text.matchAll(PLACEHOLDER)].flatMap(([, alone, , , name = alone]) => (name === undefined ? [] : [name]));
}

/** The text with addresses in the place of placeholders, and PEM files of the fixtures in that of `"{{pem a.test.pem}}"`. */
export function filled(
  text: string,
  addressOf: (name: string) => { readonly host: string; readonly port: number },
  pemOf: (name: string) => string,
): string {
  return text.replaceAll(PLACEHOLDER, (_, ...groups: (string | undefined)[]) => {
    const [alone, aloneWhich, pem, name = alone, which = aloneWhich] = groups;
    if (name === undefined) return JSON.stringify(pemOf(pem ?? ""));
    const { host, port } = addressOf(name);
    return which === "host" ? host : String(port);
  });
}
