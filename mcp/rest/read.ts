import { LineCounter, parseDocument } from "yaml";
import { z } from "zod";
import { isObject } from "#src/core/json.ts";
import type { RestDocument } from "./format.ts";
import { restDocumentSchema } from "./schema.ts";

/** Reads a document from YAML or JSON text. Throws an Error that names what is wrong and where. */
export function readRestDocument(text: string): RestDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, maxAliasCount: 100 } as object);
  const [error] = document.errors;
  if (error !== undefined) {
    const { line, col } = lines.linePos(error.pos[0]);
    throw new Error(`line ${line}, column ${col}: ${error.message}`);
  }
  return checkRestDocument(document.toJS({ maxAliasCount: 100 }));
}

/** The document in a value: itself, or what a WasmPlugin of Higress' has as its configuration. Throws an Error that names each field. */
export function checkRestDocument(value: unknown): RestDocument {
  const { data, error } = restDocumentSchema.safeParse(unwrapped(value));
  if (error === undefined) return data;
  const faults = error.issues.flatMap((issue) => faultsOf(issue, []));
  throw new Error(faults.slice(0, 10).join("; "));
}

function unwrapped(value: unknown): unknown {
  if (!isObject(value) || value["kind"] !== "WasmPlugin") return value;
  const { spec } = value;
  return isObject(spec) ? spec["defaultConfig"] : undefined;
}

type Issue = z.core.$ZodIssue;

/** Where, and what: never the value, it may be a secret. */
function faultsOf(issue: Issue, parent: readonly PropertyKey[]): readonly string[] {
  const path = [...parent, ...issue.path];
  const where = z.core.toDotPath(path) || "the document";
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => `${where} has no field '${key}'`);
  if (issue.code === "invalid_union")
    return issue.errors
      .flat()
      .flatMap((inner) => faultsOf(inner, path))
      .slice(0, 3);
  if (issue.code === "custom") {
    const hint: unknown = issue.params?.["hint"];
    return [`${where} ${issue.message}${typeof hint === "string" ? ` (${hint})` : ""}`];
  }
  return [`${where}: ${issue.message.replace(/, received .*$/, "")}`];
}
