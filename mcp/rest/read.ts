import { LineCounter, parseDocument } from "yaml";
import { z } from "zod";
import { isObject } from "#src/core/json.ts";
import type { RestDocument } from "./format.ts";
import { restDocumentSchema } from "./schema.ts";
import { tidied } from "./tidy.ts";

/** Reads a document from YAML or JSON text. Throws an Error that names what is wrong and where. */
export function readRestDocument(text: string, unknown?: (field: string) => void): RestDocument {
  const json = jsonIn(text);
  if (json !== undefined) return checkRestDocument(json, unknown);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, maxAliasCount: 100 } as object);
  const [error] = document.errors;
  if (error !== undefined) {
    const { line, col } = lines.linePos(error.pos[0]);
    throw new Error(`line ${line}, column ${col}: ${error.message}`);
  }
  return checkRestDocument(document.toJS({ maxAliasCount: 100 }), unknown);
}

/** JSON is YAML, but a large document is read much faster as what it is. */
function jsonIn(text: string): unknown {
  if (!text.trimStart().startsWith("{")) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * The document in a value: itself, or what a WasmPlugin of Higress' has as its configuration. `unknown` hears of each field that the format does
 * not know: documents in use have some, and they change nothing. Throws an Error that names each fault.
 */
export function checkRestDocument(value: unknown, unknown: (field: string) => void = () => {}): RestDocument {
  const document = tidied(unwrapped(value));
  const first = restDocumentSchema.safeParse(document);
  if (first.success) return first.data;
  const { issues } = first.error;
  if (!issues.every(({ code }) => code === "unrecognized_keys")) throw new Error(told(issues));
  for (const issue of issues) for (const fault of faultsOf(issue, [])) unknown(fault);
  const second = restDocumentSchema.safeParse(withoutKeys(document, issues));
  if (second.success) return second.data;
  throw new Error(told(second.error.issues));
}

function told(issues: readonly Issue[]): string {
  return issues
    .flatMap((issue) => faultsOf(issue, []))
    .slice(0, 10)
    .join("; ");
}

/** A copy without the keys that issues name. */
function withoutKeys(document: unknown, issues: readonly Issue[]): unknown {
  const copy = structuredClone(document);
  for (const issue of issues) {
    if (issue.code !== "unrecognized_keys") continue;
    let at: unknown = copy;
    for (const key of issue.path) at = typeof at === "object" && at !== null ? Reflect.get(at, key) : undefined;
    if (typeof at === "object" && at !== null) for (const key of issue.keys) Reflect.deleteProperty(at, key);
  }
  return copy;
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
