/** A page for a browser. `title` and `body` are HTML already. */
export function htmlPage(
  status: number,
  title: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(
    `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">` +
      `<title>${title}</title><style>${STYLE}</style><main><h1>${title}</h1>${body}</main></html>`,
    { status, headers: { ...GUARDED, "content-type": "text/html; charset=utf-8", ...headers } },
  );
}

/** Sends the browser elsewhere by GET. */
export function redirectTo(url: string, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(null, { status: 303, headers: { ...GUARDED, location: url, ...headers } });
}

/** No script, no frame around it, no copy kept; the address, which holds a one-time link, stays here. */
const GUARDED = {
  "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
  "x-frame-options": "DENY",
  "x-content-type-options": "nosniff",
  "referrer-policy": "same-origin",
  "cache-control": "no-store",
} as const;

const STYLE =
  "body{font:16px/1.5 system-ui,sans-serif;margin:3rem auto;max-width:34rem;padding:0 1rem;color:#222;background:#fff}" +
  "h1{font-size:1.4rem}dt{color:#666}dd{margin:0 0 .6rem;overflow-wrap:anywhere}" +
  "button{font:inherit;padding:.5rem 1.2rem;margin-right:.6rem}.warning{border-left:4px solid #c60;padding-left:.8rem}";

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text as it can stand in HTML, in quotes as well. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => ESCAPES[char] ?? "");
}
