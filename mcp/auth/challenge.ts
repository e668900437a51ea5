/** The headers `Authorization` and `WWW-Authenticate` of bearer tokens (RFC 6750, section 3; RFC 9110, section 11). */

/** The token of an `Authorization` header of the scheme Bearer. */
export function bearerIn(authorization: string | null): string | undefined {
  return authorization !== null && /^bearer +\S/i.test(authorization) ? authorization.slice(7).trim() : undefined;
}

/** Writes a challenge; values that cannot stand in a quoted string lose what is in the way. */
export function bearerChallenge(params: Readonly<Record<string, string | undefined>>): string {
  const written = Object.entries(params)
    .filter(([, value]) => value !== undefined && value !== "")
    .map(([name, value]) => `${name}="${(value ?? "").replace(/["\\]|[^\x20-\x7e]/g, "")}"`);
  return written.length === 0 ? "Bearer" : `Bearer ${written.join(", ")}`;
}

/** Longer headers are not read. */
const LIMIT = 8192;
const PARAM = /\s*([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]*))\s*(?:,|$)/y;

/** The parameters of the Bearer challenge among those of a header, names in lower case; undefined when there is none. */
export function readBearerChallenge(header: string | null): ReadonlyMap<string, string> | undefined {
  if (header === null || header.length > LIMIT) return undefined;
  const start = /(?:^|,)\s*bearer(?:\s+|$)/i.exec(header);
  if (start === null) return undefined;
  const params = new Map<string, string>();
  PARAM.lastIndex = start.index + start[0].length;
  // Ends at the next scheme: a word that no `=` follows.
  for (let found = PARAM.exec(header); found !== null; found = PARAM.exec(header)) {
    const [, name = "", quoted, token] = found;
    params.set(name.toLowerCase(), quoted === undefined ? (token ?? "") : quoted.replaceAll(/\\(.)/g, "$1"));
  }
  return params;
}
