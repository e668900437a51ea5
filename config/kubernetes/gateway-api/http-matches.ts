import { type Complaint, regexComplaint } from "#src/core/settings/scalars.ts";
import type { Written } from "../translator.ts";
import { mappingAt, mappingsAt, textAt } from "./fields.ts";

/** A match of the native configuration, without hosts and listeners. */
export interface NativeMatch {
  readonly path: Written;
  readonly methods?: readonly string[];
  readonly headers?: readonly Written[];
  readonly query?: readonly Written[];
}

/** Something in a match that the gateway cannot do; `field` begins in the match. */
export interface MatchProblem {
  readonly field: string;
  readonly message: string;
}

/** What an HTTPRoute's match asks of a request. */
export function httpMatch(written: unknown): NativeMatch | MatchProblem {
  const path = pathMatch(mappingAt(written, "path"));
  if (isProblem(path)) return path;
  const headers = valueMatches(written, "headers", (name) => name.toLowerCase());
  if (isProblem(headers)) return headers;
  const query = valueMatches(written, "queryParams", (name) => name);
  if (isProblem(query)) return query;
  const method = textAt(written, "method");
  return {
    path,
    ...(method === undefined ? {} : { methods: [method] }),
    ...(headers.length === 0 ? {} : { headers }),
    ...(query.length === 0 ? {} : { query }),
  };
}

/** Tells a match and what is wrong with one apart. */
export function isProblem(found: object): found is MatchProblem {
  return "message" in found;
}

const PATH_TYPES: Readonly<Record<string, "exact" | "prefix" | "regex">> = {
  Exact: "exact",
  PathPrefix: "prefix",
  RegularExpression: "regex",
};

function pathMatch(written: unknown): Written | MatchProblem {
  const type = textAt(written, "type") ?? "PathPrefix";
  const value = textAt(written, "value") ?? "/";
  const key = PATH_TYPES[type];
  if (key === undefined) return { field: "path.type", message: `the type ${type} is not supported` };
  const complaint = key === "regex" ? complaintOf(regexComplaint(value)) : pathComplaint(value);
  return complaint === undefined ? { [key]: value } : { field: "path.value", message: complaint };
}

function pathComplaint(path: string): string | undefined {
  if (!path.startsWith("/")) return "must begin with a slash";
  return /[?#\s]/.test(path) ? "must not hold a query, a fragment or a blank" : undefined;
}

const VALUE_TYPES: Readonly<Record<string, "exact" | "regex">> = { Exact: "exact", RegularExpression: "regex" };

/** Of entries with one name the first counts; headers are alike in any case of letters. */
export function valueMatches(
  written: unknown,
  list: string,
  same: (name: string) => string,
): readonly Written[] | MatchProblem {
  const found = new Map<string, Written>();
  for (const [index, entry] of mappingsAt(written, list).entries()) {
    const field = `${list}[${index}]`;
    const [type, name, value] = [textAt(entry, "type") ?? "Exact", textAt(entry, "name"), textAt(entry, "value") ?? ""];
    const key = VALUE_TYPES[type];
    if (key === undefined) return { field: `${field}.type`, message: `the type ${type} is not supported` };
    if (name === undefined) return { field: `${field}.name`, message: "is missing" };
    const complaint = key === "regex" ? complaintOf(regexComplaint(value)) : undefined;
    if (complaint !== undefined) return { field: `${field}.value`, message: complaint };
    if (!found.has(same(name))) found.set(same(name), { name, [key]: value });
  }
  return [...found.values()];
}

/** What is wrong with an expression, in one text. */
export function complaintOf(complaint: Complaint | undefined): string | undefined {
  if (complaint === undefined) return undefined;
  const { message, hint } = complaint;
  return hint === undefined ? message : `${message}: ${hint}`;
}
