import type { JsonObject } from "#src/core/json.ts";
import type { Operation } from "./operation.ts";

/** What is said of a tool in place of what its method tells. */
export interface Hints {
  readonly title?: string | undefined;
  readonly readOnly?: boolean | undefined;
  readonly destructive?: boolean | undefined;
  readonly idempotent?: boolean | undefined;
}

/** What RFC 9110 promises of the methods. POST may do anything, so that nothing is said of what it destroys. */
const METHODS: Readonly<Record<string, Hints>> = {
  GET: { readOnly: true },
  HEAD: { readOnly: true },
  OPTIONS: { readOnly: true },
  QUERY: { readOnly: true },
  PUT: { readOnly: false, destructive: true, idempotent: true },
  DELETE: { readOnly: false, destructive: true, idempotent: true },
  PATCH: { readOnly: false, destructive: true },
  POST: { readOnly: false },
};

/** MCP's `ToolAnnotations` of an operation. */
export function annotationsOf({ method, summary }: Operation, hints: Hints): JsonObject {
  const known = METHODS[method] ?? {};
  const title = hints.title ?? summary;
  const readOnly = hints.readOnly ?? known.readOnly;
  const destructive = hints.destructive ?? (readOnly === true ? undefined : known.destructive);
  const idempotent = hints.idempotent ?? (readOnly === true ? undefined : known.idempotent);
  return {
    ...(title === undefined ? {} : { title }),
    ...(readOnly === undefined ? {} : { readOnlyHint: readOnly }),
    ...(destructive === undefined ? {} : { destructiveHint: destructive }),
    ...(idempotent === undefined ? {} : { idempotentHint: idempotent }),
    openWorldHint: true,
  };
}
