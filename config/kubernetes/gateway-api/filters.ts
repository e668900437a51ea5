import { mapping } from "../../check-values.ts";
import type { Written } from "../translator.ts";
import { corsPlugin } from "./cors.ts";
import { mappingAt, mappingsAt, numberAt, textAt, textsAt } from "./fields.ts";

/** A service that gets copies of requests, before it is looked up. */
export interface WrittenMirror {
  readonly backendRef: unknown;
  /** Of the requests, 0 to 100. */
  readonly percent: number;
}

/** What a rule's filters come to, in the words of the native configuration. */
export interface FilterEffects {
  readonly requestHeaders?: Written;
  readonly responseHeaders?: Written;
  readonly rewrite?: Written;
  readonly redirect?: Written;
  readonly mirrors: readonly (WrittenMirror & { readonly field: string })[];
  readonly plugins: readonly Written[];
}

/** Why a filter cannot be done. It must not be left out: requests get an error instead. */
export interface FilterProblem {
  readonly field: string;
  /** `InvalidKind`: what it refers to is not known. */
  readonly reason: "UnsupportedValue" | "IncompatibleFilters" | "InvalidKind";
  readonly message: string;
}

/** What one filter does; a text says why it cannot. */
type Read = (
  settings: unknown,
) => Partial<Omit<FilterEffects, "mirrors">> | { readonly mirror: WrittenMirror } | string;

/** Filters by type: the key of their settings, and what they do. */
const FILTERS: Readonly<Record<string, readonly [key: string, read: Read]>> = {
  RequestHeaderModifier: ["requestHeaderModifier", (settings) => ({ requestHeaders: headerChanges(settings) })],
  ResponseHeaderModifier: ["responseHeaderModifier", (settings) => ({ responseHeaders: headerChanges(settings) })],
  RequestRedirect: ["requestRedirect", redirect],
  URLRewrite: ["urlRewrite", rewrite],
  RequestMirror: ["requestMirror", mirror],
  CORS: ["cors", (settings) => ({ plugins: [corsPlugin(settings)] })],
};

/** Reads filters; `types` are those that the place may have. */
export function filterEffects(
  filters: readonly unknown[],
  base: string,
  types: ReadonlySet<string>,
): FilterEffects | FilterProblem {
  let effects: FilterEffects = { mirrors: [], plugins: [] };
  for (const [index, filter] of filters.entries()) {
    const field = `${base}[${index}]`;
    const type = textAt(filter, "type") ?? "";
    if (type === "ExtensionRef") return unknownExtension(field, filter);
    const known = types.has(type) ? FILTERS[type] : undefined;
    if (known === undefined)
      return { field, reason: "UnsupportedValue", message: `the filter ${type} is not supported` };
    const [key, read] = known;
    const effect = read(mappingAt(filter, key));
    if (typeof effect === "string") return { field: `${field}.${key}`, reason: "UnsupportedValue", message: effect };
    effects =
      "mirror" in effect
        ? { ...effects, mirrors: [...effects.mirrors, { ...effect.mirror, field: `${field}.${key}.backendRef` }] }
        : { ...effects, ...effect, plugins: [...effects.plugins, ...(effect.plugins ?? [])] };
  }
  if (effects.redirect !== undefined && effects.rewrite !== undefined) {
    const message = "URLRewrite and RequestRedirect do not go together";
    return { field: base, reason: "IncompatibleFilters", message };
  }
  return effects;
}

/** Tells the answers of {@link filterEffects} apart. */
export function isFilterProblem(found: FilterEffects | FilterProblem): found is FilterProblem {
  return "message" in found;
}

function unknownExtension(field: string, filter: unknown): FilterProblem {
  const ref = mappingAt(filter, "extensionRef");
  const message = `there are no filters of the kind ${textAt(ref, "group") ?? ""}/${textAt(ref, "kind") ?? ""}`;
  return { field: `${field}.extensionRef`, reason: "InvalidKind", message };
}

function headerChanges(settings: unknown): Written {
  const table = (list: string): Readonly<Record<string, string>> => {
    const headers = mappingsAt(settings, list).flatMap((header): [string, string][] => {
      const name = textAt(header, "name");
      return name === undefined ? [] : [[name, textAt(header, "value") ?? ""]];
    });
    // Of entries with one name the first counts.
    const unique = new Map<string, [string, string]>();
    for (const header of headers) {
      const key = header[0].toLowerCase();
      if (!unique.has(key)) unique.set(key, header);
    }
    return Object.fromEntries(unique.values());
  };
  return { set: table("set"), add: table("add"), remove: [...new Set(textsAt(settings, "remove"))] };
}

function redirect(settings: unknown): ReturnType<Read> {
  const path = pathChange(mappingAt(settings, "path"));
  if (typeof path === "string") return path;
  const [scheme, host] = [textAt(settings, "scheme")?.toLowerCase(), textAt(settings, "hostname")];
  const [port, status] = [numberAt(settings, "port"), numberAt(settings, "statusCode") ?? 302];
  if (scheme !== undefined && scheme !== "http" && scheme !== "https") return `the scheme ${scheme} is not supported`;
  return {
    redirect: {
      ...(scheme === undefined ? {} : { scheme }),
      ...(host === undefined ? {} : { host }),
      ...(port === undefined ? {} : { port }),
      ...(path === undefined ? {} : { path }),
      status,
    },
  };
}

function rewrite(settings: unknown): ReturnType<Read> {
  const path = pathChange(mappingAt(settings, "path"));
  if (typeof path === "string") return path;
  const host = textAt(settings, "hostname");
  return { rewrite: { ...(path === undefined ? {} : { path }), ...(host === undefined ? {} : { host }) } };
}

function pathChange(written: unknown): Written | string | undefined {
  const type = textAt(written, "type");
  if (type === undefined) return undefined;
  if (type === "ReplaceFullPath") return { full: rooted(textAt(written, "replaceFullPath")) };
  if (type === "ReplacePrefixMatch") return { prefix: rooted(textAt(written, "replacePrefixMatch")) };
  return `the path type ${type} is not supported`;
}

/** An empty path is the root. */
function rooted(path = ""): string {
  return path.startsWith("/") ? path : `/${path}`;
}

function mirror(settings: unknown): ReturnType<Read> {
  const fraction = mappingAt(settings, "fraction");
  const denominator = numberAt(fraction, "denominator") ?? 100;
  const share = fraction === undefined ? numberAt(settings, "percent") : numberAt(fraction, "numerator");
  const percent = share === undefined ? 100 : (share * 100) / (fraction === undefined ? 100 : denominator);
  if (!(percent >= 0 && percent <= 100)) return "the share is not between nothing and all";
  return { mirror: { backendRef: mapping(settings)["backendRef"], percent } };
}
