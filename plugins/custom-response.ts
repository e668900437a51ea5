import { z } from "zod";
import type { Header } from "#src/core/header-list.ts";
import { definePlugin, LocalReply, type Plugin } from "#src/core/plugin.ts";
import { anyText, checkedText, Complaint, headerName, scalar } from "#src/core/settings/scalars.ts";
import { list, makes, someOf } from "#src/core/settings/shapes.ts";
import { statusCode } from "./refusal.ts";

interface Rule {
  readonly status_code: number;
  readonly headers: readonly string[];
  readonly body: string;
  readonly enable_on_status: readonly string[];
}

/** One answer with its fields at the top, or several. */
interface Options extends Rule {
  readonly rules?: readonly Rule[];
}

const header = checkedText(
  { description: "A header as name=value. Content-Length is left out: it is known." },
  (line) => {
    const [name, value] = splitHeader(line);
    if (value === undefined) return new Complaint("is not a header", "write name=value");
    if (!headerName("").safeParse(name).success) return new Complaint("does not begin with a header's name");
    return /[\r\n\0]/.test(value) ? new Complaint("must not hold line breaks") : line;
  },
);

const pattern = scalar(readPattern, {
  description: "A status, or a pattern of three characters in which x is any digit: 429, 4xx, 40x.",
  anyOf: [{ type: "integer" }, { type: "string", pattern: "^[0-9xX]{3}$" }],
});

function readPattern(value: unknown): string | Complaint {
  const text = String(value).toLowerCase();
  const known = (typeof value === "string" || typeof value === "number") && /^[0-9x]{3}$/.test(text) && /\d/.test(text);
  return known
    ? text
    : new Complaint("must be a status, or a pattern of three characters with a digit in it: 4xx, 40x");
}

const fields = {
  status_code: statusCode("The status that is answered.").default(200),
  headers: list(header, "Headers that are answered.").default([]),
  body: anyText("The body that is answered. JSON and plain text need no Content-Type.").default(""),
  enable_on_status: list(
    pattern,
    "Answers with one of these statuses are replaced. Without it the upstream is not asked at all.",
  ).default([]),
};

/** Answers of the operator's own. */
export const customResponse: Plugin<Options> = definePlugin({
  name: "custom-response",
  summary: "Answers requests itself, or replaces answers by their status.",
  phase: "AUTHN",
  priority: 910,
  failStrategy: "FAIL_OPEN",
  options: makes<Options>()(
    z.strictObject({
      ...fields,
      rules: someOf(
        z.strictObject(fields).describe("An answer, with the same fields as above."),
        "Several answers by status, in place of the fields above.",
      ).exactOptional(),
    }),
  ),
  configure({ rules, ...single }) {
    const all = rules ?? [single];
    const replies = repliesByStatus(all);
    const [first] = all;
    if (replies.length === 0 && first !== undefined) {
      const reply = replyOf(first);
      return { requestHeaders: () => reply };
    }
    return {
      responseHeaders({ response }) {
        const status = String(response?.status);
        return replies.find(([fits]) => fits(status))?.[1];
      },
    };
  },
});

type StatusReply = readonly [fits: (status: string) => boolean, reply: LocalReply];

/** Exact statuses first, then patterns in the order written. Throws an Error when one comes twice. */
function repliesByStatus(rules: readonly Rule[]): readonly StatusReply[] {
  const seen = new Set<string>();
  const [exact, patterns]: [StatusReply[], StatusReply[]] = [[], []];
  for (const rule of rules) {
    const reply = replyOf(rule);
    for (const pattern of rule.enable_on_status) {
      if (seen.has(pattern)) throw new Error(`enable_on_status: ${pattern} stands there twice.`);
      seen.add(pattern);
      (pattern.includes("x") ? patterns : exact).push([(status) => fitsPattern(pattern, status), reply]);
    }
  }
  return [...exact, ...patterns];
}

function fitsPattern(pattern: string, status: string): boolean {
  if (status.length !== pattern.length) return false;
  for (let at = 0; at < pattern.length; at++) if (!["x", status[at]].includes(pattern[at])) return false;
  return true;
}

function replyOf({ status_code: status, headers, body }: Rule): LocalReply {
  const given = headers.map((line): Header => {
    const [name, value = ""] = splitHeader(line);
    return [name.toLowerCase(), value];
  });
  const kept = given.filter(([name]) => name !== "content-length");
  const typed = body === "" || kept.some(([name]) => name === "content-type");
  const all: readonly Header[] = typed ? kept : [...kept, ["content-type", typeOf(body)]];
  return LocalReply.respond(status, body, { headers: all, reason: "custom-response" });
}

function splitHeader(line: string): readonly [name: string, value: string | undefined] {
  const at = line.indexOf("=");
  return at < 0 ? [line.trim(), undefined] : [line.slice(0, at).trim(), line.slice(at + 1).trim()];
}

function typeOf(body: string): string {
  try {
    JSON.parse(body);
    return "application/json; charset=utf-8";
  } catch {
    return "text/plain; charset=utf-8";
  }
}
