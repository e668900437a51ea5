import type { ProviderSettings } from "#src/core/provider.ts";
import { type BaseUrl, parseBase } from "./base-url.ts";
import { segment, versioned } from "./google-url.ts";

/** Locations that span regions and have hosts of another form. Format: https://docs.cloud.google.com/vertex-ai/docs/general/locations */
const MULTI_REGIONS: ReadonlySet<string> = new Set(["us", "eu"]);

/** Vertex' server for a location. */
function vertexHost(location: string | undefined): string {
  if (location === undefined || location === "global") return "https://aiplatform.googleapis.com";
  if (MULTI_REGIONS.has(location)) return `https://aiplatform.${location}.rep.googleapis.com`;
  return `https://${location}-aiplatform.googleapis.com`;
}

/** Where a project's requests go: the base with its version, and what stands between it and the models. */
export interface VertexPlace {
  readonly base: BaseUrl;
  /** `/projects/{project}/locations/{location}`; empty in express mode, whose key knows its project. */
  readonly parent: string;
}

/** The place of a project in a location, or that of express mode when neither is given. */
export function vertexPlace(
  { baseUrl }: Pick<ProviderSettings, "baseUrl">,
  project?: string,
  location?: string,
): VertexPlace {
  const given = parseBase(baseUrl ?? vertexHost(location), "baseUrl");
  return {
    base: versioned(given, undefined, "v1"),
    parent: project === undefined || location === undefined ? "" : `/projects/${project}/locations/${location}`,
  };
}

/** A model and who publishes it; `endpoints` for one that is deployed to an endpoint of the project's own. */
export interface VertexModel {
  readonly publisher: string;
  readonly name: string;
}

/** Reads `claude-…`, `gemini-…`, `publisher/model` and `endpoints/{id}`. */
export function vertexModel(model: string): VertexModel {
  const [, publisher, name] = /^([\w-]+)\/(.+)$/.exec(model) ?? [];
  if (publisher !== undefined && name !== undefined) return { publisher, name };
  return { publisher: model.startsWith("claude-") ? "anthropic" : "google", name: model };
}

/** The model's path below the parent. */
export function vertexPath({ publisher, name }: VertexModel): string {
  return publisher === "endpoints"
    ? `/endpoints/${segment(name)}`
    : `/publishers/${segment(publisher)}/models/${segment(name)}`;
}

/** Asking a model. An endpoint's other actions change it. */
const ASKING = String.raw`\w*(?:[pP]redict\w*|[gG]enerateContent|[eE]mbedContent|Tokens)`;
const RAW = new RegExp(
  String.raw`/(v\d+(?:(?:alpha|beta)\d*)?)/(?:projects/[^/]+/locations/[^/]+/)?((?:publishers/[\w-]+/models|endpoints)/[\w.@-]+:${ASKING})$`,
);

/**
 * The URL of a path that names a model and what to do with it, as Vertex writes them; undefined for any other path. Project and location
 * are the place's own: what the credential may reach beside them is not the client's to choose.
 */
export function rawUrl({ base, parent }: VertexPlace, path: string): string | undefined {
  const [, version, rest] = RAW.exec(path) ?? [];
  if (version === undefined || rest === undefined) return undefined;
  return `${base.origin}${base.path.replace(/[^/]+$/, version)}${parent}/${rest}${base.query}`;
}
