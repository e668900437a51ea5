import { z } from "zod";
import type { PathMatch, RouteMatch, ValueMatch } from "#src/core/route.ts";
import { anyText, checkedText, Complaint, regex, regexComplaint, text } from "#src/core/settings/scalars.ts";
import { exactlyOne, list, makes, someOf } from "#src/core/settings/shapes.ts";

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** A host that routes may be for. */
export const host: z.ZodType<string> = checkedText(
  { description: "A host name, *.example.com for every name below it, or *." },
  (value) => {
    const lower = value.toLowerCase();
    if (lower === "*" || /^(?:\*\.)?[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?$|^\[[0-9a-f:.]+\]$/.test(lower)) return lower;
    const port = /:\d+$/.test(lower) || lower.includes("/");
    return new Complaint("is not a host name, *.name or *", port ? "leave out scheme, port and path" : undefined);
  },
);

const method = checkedText({ description: "An HTTP method." }, (value) =>
  TOKEN.test(value) ? value.toUpperCase() : new Complaint("is not an HTTP method"),
);

/** A path that begins with a slash. */
export function absolutePath(description: string): z.ZodType<string> {
  return checkedText({ description }, (value) => {
    if (!value.startsWith("/")) return new Complaint("must begin with /");
    return /[?#\s]/.test(value) ? new Complaint("must not hold a query, a fragment or a blank") : value;
  });
}

const path: z.ZodType<PathMatch> = exactlyOne(
  {
    exact: absolutePath("The whole path."),
    prefix: absolutePath("Whole segments at the path's beginning: /a fits /a and /a/b, not /ab."),
    regex: regex("A regular expression for the whole path."),
  },
  "How the path must be.",
);

const model = checkedText({ description: "A model: its name, abc* for a prefix, ~regex, or *." }, (value) => {
  const complaint = value.startsWith("~") ? regexComplaint(value.slice(1)) : undefined;
  return complaint ?? value;
});

const PSEUDO_HEADERS: ReadonlySet<string> = new Set([":method", ":path", ":authority", ":scheme"]);

const matchedHeader = checkedText(
  { description: "The header's name, or :method, :path, :authority, :scheme." },
  (value) => (TOKEN.test(value) || PSEUDO_HEADERS.has(value) ? value : new Complaint("is not a header name")),
);

/** A header or query parameter: its name and one way to match. */
function valueMatch(named: z.ZodType<string>): z.ZodType<ValueMatch> {
  return z
    .strictObject({
      name: named,
      exact: anyText("The whole value.").exactOptional(),
      prefix: anyText("The value's beginning.").exactOptional(),
      regex: regex("A regular expression for the whole value.").exactOptional(),
      present: z.literal(true).describe("It only has to be there.").exactOptional(),
    })
    .transform((written, context): ValueMatch => {
      if (Object.keys(written).length === 2) return written as ValueMatch;
      const message = "needs a name and exactly one of exact, prefix, regex, present";
      context.issues.push({ code: "custom", message, input: written });
      return z.NEVER;
    });
}

/** `routes[].match`. */
export const match: z.ZodType<RouteMatch> = makes<RouteMatch>()(
  z.strictObject({
    hosts: someOf(host, "Hosts; one must fit.").prefault(["*"]),
    path: path.prefault({ prefix: "/" }),
    methods: someOf(method, "Methods; one must fit.").exactOptional(),
    headers: list(valueMatch(matchedHeader), "Headers; all must fit.").exactOptional(),
    query: list(valueMatch(anyText("The parameter's name.")), "Query parameters; all must fit.").exactOptional(),
    listeners: someOf(text("A listener's name."), "Listeners it is for; all when left out.").exactOptional(),
    models: someOf(model, "Models; one must fit. Only on AI routes.").exactOptional(),
  }),
);
