import { regexComplaint } from "#src/core/settings/scalars.ts";
import type { Written } from "../translator.ts";
import { mappingAt, textAt } from "./fields.ts";
import { complaintOf, isProblem, type MatchProblem, type NativeMatch, valueMatches } from "./http-matches.ts";

/** What a GRPCRoute's match asks of a request: a gRPC method is the path `/SERVICE/METHOD`. */
export function grpcMatch(written: unknown): NativeMatch | MatchProblem {
  const path = methodPath(mappingAt(written, "method"));
  if (isProblem(path)) return path;
  const headers = valueMatches(written, "headers", (name) => name.toLowerCase());
  if (isProblem(headers)) return headers;
  return { path, ...(headers.length === 0 ? {} : { headers }) };
}

function methodPath(written: unknown): Written | MatchProblem {
  const type = textAt(written, "type") ?? "Exact";
  const [service, method] = [textAt(written, "service"), textAt(written, "method")];
  if (service === undefined && method === undefined) return { prefix: "/" };
  if (type === "Exact") return exactPath(service, method);
  if (type !== "RegularExpression") return { field: "method.type", message: `the type ${type} is not supported` };
  for (const [key, expression] of Object.entries({ service, method })) {
    const complaint = expression === undefined ? undefined : complaintOf(regexComplaint(expression));
    if (complaint !== undefined) return { field: `method.${key}`, message: complaint };
  }
  return { regex: `/${group(service)}/${group(method)}` };
}

function exactPath(service: string | undefined, method: string | undefined): Written {
  if (service === undefined) return { regex: `/[^/]+/${escaped(method ?? "")}` };
  return method === undefined ? { prefix: `/${service}` } : { exact: `/${service}/${method}` };
}

function group(expression: string | undefined): string {
  return expression === undefined ? "[^/]+" : `(?:${expression})`;
}

function escaped(text: string): string {
  return text.replaceAll(/[^\w]/g, (char) => `\\${char}`);
}
