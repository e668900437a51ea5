import type { ApiName } from "#src/core/api.ts";
import type { UpstreamCall } from "#src/core/provider.ts";
import type { BaseUrl } from "./base-url.ts";

const VERSION = /\/(v\d+(?:(?:alpha|beta)\d*)?)$/;

/** A version of one of Google's APIs, as it stands in its paths. */
export const GOOGLE_VERSION: RegExp = /^v\d+(?:(?:alpha|beta)\d*)?$/;

/** The base with the version to use behind its path: the one that is set, else the one the base ends with, else `usual`. */
export function versioned(base: BaseUrl, set: string | undefined, usual: string): BaseUrl {
  const own = VERSION.exec(base.path)?.[1];
  return { ...base, path: `${base.path.replace(VERSION, "")}/${set ?? own ?? usual}` };
}

/** The URL of `path`, which may have a query of its own, below the base. */
export function below(base: BaseUrl, path: string): string {
  return base.origin + base.path + path + (path.includes("?") ? base.query.replace("?", "&") : base.query);
}

/** Where the bytes of files are sent to: beside the version. */
export function uploads(base: BaseUrl): BaseUrl {
  return { ...base, path: base.path.replace(VERSION, "/upload/$1") };
}

/** The last words of the paths of APIs that are asked for by model. */
const ACTIONS: Readonly<Partial<Record<ApiName, readonly string[]>>> = {
  embeddings: ["batchEmbedContents", "embedContent"],
  "image-generation": ["predict", "generateContent"],
  operations: ["predictLongRunning"],
  batches: ["batchGenerateContent", "asyncBatchEmbedContent"],
};

/** The last word where the client, whose path was another vendor's, has said none. */
const USUAL: Readonly<Partial<Record<ApiName, string>>> = {
  "count-tokens": "countTokens",
  embeddings: "batchEmbedContents",
  "image-generation": "generateContent",
  speech: "generateContent",
};

/** What stands behind the model; undefined for a call that is not about one. */
export function actionOf({ api, action, stream }: UpstreamCall): string | undefined {
  if (api === "chat") return stream ? "streamGenerateContent?alt=sse" : "generateContent";
  return ACTIONS[api]?.find((one) => one === action) ?? USUAL[api];
}

/** One segment of a path; `@`, which stands before a model's date, stays as it is. */
export function segment(text: string): string {
  return encodeURIComponent(text).replaceAll("%40", "@");
}
