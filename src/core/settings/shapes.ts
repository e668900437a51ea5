import { z } from "zod";

/** Fields of a mapping. */
export type Fields = Readonly<Record<string, z.ZodType>>;

/**
 * Declares that a schema makes exactly a T: the compiler refuses it when a key is missing on either side. (Types are written out beside
 * their schemas because `isolatedDeclarations` lets none be inferred from them.)
 */
export function makes<T>(): <S extends z.ZodType<T>>(
  schema: S &
    ([keyof T] extends [keyof z.output<S>] ? ([keyof z.output<S>] extends [keyof T] ? unknown : never) : never),
) => z.ZodType<T> {
  return (schema) => schema;
}

/** What {@link exactlyOne} makes of its fields: an object with one of them. */
export type OneOf<F extends Fields> = { [K in keyof F]: { readonly [P in K]: z.output<F[K]> } }[keyof F];

/** A mapping that holds exactly one of the fields. */
export function exactlyOne<F extends Fields>(fields: F, description: string): z.ZodType<OneOf<F>> {
  const names = Object.keys(fields);
  const optional = Object.fromEntries(Object.entries(fields).map(([key, schema]) => [key, schema.exactOptional()]));
  const schema = z.strictObject(optional).transform((value, context): OneOf<F> => {
    if (Object.keys(value).length !== 1) {
      context.issues.push({ code: "custom", message: `needs exactly one of ${names.join(", ")}`, input: value });
    }
    return value as OneOf<F>;
  });
  return schema.meta({ description, minProperties: 1, maxProperties: 1 });
}

/** A mapping of names to values, in the order written. */
export function table<T>(value: z.ZodType<T>, description: string): z.ZodType<Readonly<Record<string, T>>> {
  return z.record(z.string(), value).describe(description);
}

/** A list. */
export function list<T>(item: z.ZodType<T>, description: string): z.ZodType<readonly T[]> {
  return z.array(item).describe(description);
}

/** A list of at least one. */
export function someOf<T>(item: z.ZodType<T>, description: string): z.ZodType<readonly T[]> {
  return z.array(item).min(1).describe(description);
}

/** One of a few words. */
export function word<const W extends readonly [string, ...string[]]>(
  words: W,
  description: string,
): z.ZodType<W[number]> {
  return z.enum(words).describe(description);
}

/** A check that throws an Error with what cannot be used, as one of a schema's: what is wrong is known before anything is set to work. */
export function trying<T>(check: (value: T) => void): (value: T, context: z.RefinementCtx<T>) => void {
  return (value, context) => {
    try {
      check(value);
    } catch (error) {
      context.addIssue({ code: "custom", message: error instanceof Error ? error.message : String(error) });
    }
  };
}
