import type { Operation } from "./operation.ts";
import { placeOf } from "./operation.ts";

/** Picks operations: what it names all has to fit. A text alone is an `operationId`, or `METHOD /path`. */
export type Selector =
  | string
  | {
      readonly operationId?: string | undefined;
      readonly tag?: string | undefined;
      readonly path?: string | undefined;
      readonly method?: string | undefined;
    };

/** Which of a document's operations become tools. */
export interface Selection {
  /** Left out: all of them. */
  readonly include?: readonly Selector[] | undefined;
  readonly exclude?: readonly Selector[] | undefined;
  /** `false` leaves out those that the document calls deprecated. */
  readonly deprecated?: boolean | undefined;
}

/** Compiles a selection. The answer tells which selectors fit none of the operations it was asked about. */
export function compileSelection(selection: Selection): {
  selects(operation: Operation): boolean;
  unused(): readonly string[];
} {
  const include = selection.include?.map(compileSelector);
  const exclude = (selection.exclude ?? []).map(compileSelector);
  const used = new Set<Compiled>();
  const fits = (selectors: readonly Compiled[], operation: Operation): boolean => {
    // All are asked: each that fits is of use.
    const fitting = selectors.filter((selector) => selector.fits(operation));
    for (const selector of fitting) used.add(selector);
    return fitting.length > 0;
  };
  return {
    selects(operation) {
      const included = include === undefined || fits(include, operation);
      const excluded = fits(exclude, operation);
      return included && !excluded && (selection.deprecated !== false || !operation.deprecated);
    },
    unused: () => [...(include ?? []), ...exclude].filter((selector) => !used.has(selector)).map(({ text }) => text),
  };
}

interface Compiled {
  readonly text: string;
  fits(operation: Operation): boolean;
}

function compileSelector(selector: Selector): Compiled {
  if (typeof selector === "string") {
    const pattern = globOf(selector, "/");
    return { text: selector, fits: (operation) => pattern(operation.id ?? "") || pattern(placeOf(operation)) };
  }
  const { operationId, tag, path, method } = selector;
  const [byId, byTag, byPath] = [operationId, tag, path].map((glob, index) =>
    glob === undefined ? () => true : globOf(glob, index === 2 ? "/" : ""),
  );
  const methods = method?.toUpperCase().split(/[\s,|]+/);
  return {
    text: JSON.stringify(selector),
    fits: (operation) =>
      byId?.(operation.id ?? "") === true &&
      byPath?.(operation.path) === true &&
      (methods?.includes(operation.method) ?? true) &&
      (tag === undefined || operation.tags.some((one) => byTag?.(one))),
  };
}

/** `*` for anything but the separator, `**` for anything. */
function globOf(glob: string, separator: string): (text: string) => boolean {
  const one = separator === "" ? ".*" : `[^${separator}]*`;
  const source = glob
    .split(/(\*+)/)
    .map((part) =>
      part === "*" ? one : part.startsWith("**") ? ".*" : part.replaceAll(/[\\^$.|?+()[\]{}/-]/g, "\\$&"),
    )
    .join("");
  const pattern = new RegExp(`^(?:${source})$`, "s");
  return (text) => pattern.test(text);
}
