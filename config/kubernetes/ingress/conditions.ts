import { regexComplaint } from "#src/core/settings/scalars.ts";
import type { Written } from "../translator.ts";
import type { WrittenCondition } from "./annotations.ts";
import type { IngressScope } from "./scope.ts";

const METHODS: ReadonlySet<string> = new Set([
  "GET",
  "HEAD",
  "POST",
  "PUT",
  "DELETE",
  "CONNECT",
  "OPTIONS",
  "TRACE",
  "PATCH",
]);

const PSEUDO_HEADERS: ReadonlySet<string> = new Set([":method", ":path", ":authority", ":scheme"]);

/** `match-method`, `{exact|prefix|regex}-match-{header|query|pseudo-header}-NAME`. Undefined when one is broken: without it, more would be let in. */
export function conditionsOf(scope: IngressScope): Written | undefined {
  const methods = methodsOf(scope);
  const conditions = scope.annotations.conditions();
  const good = conditions.filter((condition) => isGood(condition, scope));
  if (methods === undefined || good.length < conditions.length) return undefined;
  const headers = good.filter(({ of }) => of === "header").map(written);
  const query = good.filter(({ of }) => of === "query").map(written);
  return {
    ...(methods.length === 0 ? {} : { methods }),
    ...(headers.length === 0 ? {} : { headers }),
    ...(query.length === 0 ? {} : { query }),
  };
}

function methodsOf({ annotations }: IngressScope): readonly string[] | undefined {
  const text = annotations.text("match-method");
  if (text === undefined) return annotations.has("match-method") ? undefined : [];
  const words = text.split(/[\s,]+/).map((word) => word.toUpperCase());
  for (const word of words) {
    if (!METHODS.has(word)) annotations.error("match-method", `${word} is not an HTTP method`);
  }
  const methods = [...new Set(words)].filter((word) => METHODS.has(word));
  return methods.length === 0 ? undefined : methods;
}

function isGood({ how, name, value, field }: WrittenCondition, { found }: IngressScope): boolean {
  const pseudo = name.startsWith(":");
  if (pseudo && !PSEUDO_HEADERS.has(name)) {
    found.error(field, `${name} is no pseudo header`, "method, path, authority and scheme are");
    return false;
  }
  if (how === "regex" && value === "") {
    found.error(field, "is empty");
    return false;
  }
  const complaint = how === "regex" ? regexComplaint(value) : undefined;
  if (complaint !== undefined) found.error(field, complaint.message, complaint.hint);
  return complaint === undefined;
}

function written({ how, name, value }: WrittenCondition): Written {
  return { name, [how]: value };
}
