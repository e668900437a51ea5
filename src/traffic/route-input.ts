/** What a request is matched by. */
export interface RouteInput {
  /** As `normalizeHost` makes it. */
  readonly host: string;
  /** As `normalizePath` makes it, percent-encoded. */
  readonly path: string;
  readonly method: string;
  readonly headers: Headers;
  /** Query with its `?`, or empty. */
  readonly search: string;
  /** The client speaks TLS. */
  readonly secure?: boolean;
  /** The listener's name; routes for some listeners are not for a request without one. */
  readonly listener?: string | undefined;
}

/** What stands for parts of a request among the headers of a match. */
const PSEUDO_HEADERS: ReadonlyMap<string, (input: RouteInput) => string> = new Map([
  [":method", ({ method }) => method],
  [":path", ({ path, search }) => path + search],
  [":authority", ({ headers, host }) => headers.get("host") ?? host],
  [":scheme", ({ secure }) => (secure === true ? "https" : "http")],
]);

/** How a header that a match names is read. */
export function headerReader(name: string): (input: RouteInput) => string | null {
  return PSEUDO_HEADERS.get(name) ?? (({ headers }) => headers.get(name));
}
