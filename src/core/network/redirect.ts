const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** What goes along to another origin: nothing that could be a credential, in whatever header it is. */
const HARMLESS: readonly string[] = ["accept", "accept-language", "content-type", "user-agent"];

/** Whether a status sends the client elsewhere. */
export function isRedirect(status: number): boolean {
  return REDIRECTS.has(status);
}

/**
 * The request a redirect asks for, as the fetch standard has it, but for two things: to another origin go harmless headers only, and from
 * https nothing goes to http. Throws a TypeError for what cannot be followed.
 */
export function followed(
  url: string,
  init: RequestInit,
  status: number,
  location: string,
): readonly [url: string, init: RequestInit] {
  const next = URL.parse(location, url);
  if (next === null) throw new TypeError("The answer redirects to what is no URL.");
  const before = new URL(url);
  if (before.protocol === "https:" && next.protocol === "http:") {
    throw new TypeError("The answer redirects from https to http, which is not followed.");
  }
  const headers = next.origin === before.origin ? new Headers(init.headers) : harmless(new Headers(init.headers));
  const method = (init.method ?? "GET").toUpperCase();
  if (status === 303 ? method !== "HEAD" && method !== "GET" : status < 303 && method === "POST") {
    for (const name of ["content-type", "content-length", "content-encoding"]) headers.delete(name);
    return [next.href, { ...init, method: "GET", body: null, headers }];
  }
  if (init.body instanceof ReadableStream) throw new TypeError("The answer redirects a body that is gone.");
  return [next.href, { ...init, headers }];
}

function harmless(headers: Headers): Headers {
  const kept = new Headers();
  for (const name of HARMLESS) {
    const value = headers.get(name);
    if (value !== null) kept.set(name, value);
  }
  return kept;
}
