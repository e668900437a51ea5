/** A place in the configuration: keys and list positions from the top. */
export type Path = readonly (string | number)[];

/** Something wrong at a place, before it is known where in the text that is. */
export interface Problem {
  readonly path: Path;
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string;
  /** Points at the key rather than at its value. */
  readonly atKey?: boolean;
}

/** One thing wrong with a configuration. No text of it ever holds a secret. */
export interface ConfigError {
  readonly file: string;
  /** From 1; 0 when the error has no place in a text. */
  readonly line: number;
  /** From 1, in UTF-16 units; 0 like `line`. */
  readonly column: number;
  /** As in `providers[0].apiTokens`; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
  readonly hint?: string;
}

/** Keys whose values are secrets wherever they stand. */
const SECRET_KEY =
  /^(?:apiTokens?|tokens?|credentials?|keys|hmacKey|authorization|\w+AuthKey|\w+SessionToken)$|secret|password/i;

/** Whether what stands at `path` is a secret by its key. */
export function isSecretPath(path: Path): boolean {
  return path.some((segment) => typeof segment === "string" && SECRET_KEY.test(segment));
}

/** A path as people write it. Keys below a secret one are masked: a list written as a mapping has its secrets there. */
export function formatPath(path: Path): string {
  let text = "";
  let secret = false;
  for (const segment of path) {
    if (typeof segment === "number") text += `[${segment}]`;
    else if (secret) text += '["***"]';
    else if (/^[A-Za-z_][\w-]*$/.test(segment)) text += text === "" ? segment : `.${segment}`;
    else text += `[${JSON.stringify(segment)}]`;
    secret ||= typeof segment === "string" && SECRET_KEY.test(segment);
  }
  return text;
}

/** One line: `gateway.yaml:12:5  providers[0].apiToken  unknown key; did you mean apiTokens?` */
export function formatError(error: ConfigError): string {
  const place = error.line === 0 ? error.file : `${error.file}:${error.line}:${error.column}`;
  const what = error.hint === undefined ? error.message : `${error.message}; ${error.hint}`;
  return [place, error.path, what].filter((part) => part !== "").join("  ");
}
