import type { Exchange } from "#src/core/exchange.ts";

const WELL_KNOWN = "/.well-known/oauth-protected-resource";

/** Where a server stands as its clients see it. */
export interface ResourcePlace {
  /** The canonical URI of the server that a request was sent to. */
  resourceOf(exchange: Exchange): string;
  /** The paths of its metadata. */
  readonly metadataPaths: readonly string[];
}

/** `resource` is the configured one; without it the request's own host counts. */
export function resourcePlace(path: string, resource: string | undefined, rootMetadata: boolean): ResourcePlace {
  const paths = [wellKnownPath(path)];
  if (resource !== undefined && /^https?:/.test(resource)) paths.push(wellKnownPath(new URL(resource).pathname));
  if (rootMetadata) paths.push(WELL_KNOWN);
  return {
    resourceOf: ({ request }) => resource ?? new URL(request.url).origin + trimmed(path),
    metadataPaths: [...new Set(paths)],
  };
}

/** Where the metadata of a resource is (RFC 9728, section 3.1): the path goes behind the well-known one, whatever else there is stays. */
export function metadataUrl(resource: string): string {
  const { origin, pathname, search } = new URL(resource);
  return origin + wellKnownPath(pathname) + search;
}

function wellKnownPath(path: string): string {
  return WELL_KNOWN + trimmed(path);
}

function trimmed(path: string): string {
  return path.replace(/\/+$/, "");
}
