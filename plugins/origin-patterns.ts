/**
 * Which origins a list of patterns allows: `https://*.example.com` (`*` is any text), with `:[8080,9090]` one of these ports, with `:[*]` any
 * port or none, and `*` alone everything. The whole origin must fit: `https://a.example.com.evil.org` does not.
 */
export function compileOriginPatterns(patterns: readonly string[]): (origin: string) => boolean {
  const tests = patterns.map((pattern) => compilePattern(pattern.toLowerCase().replace(/\/$/, "")));
  return (origin) => {
    const lower = origin.toLowerCase();
    return tests.some((test) => test(lower));
  };
}

function compilePattern(pattern: string): (origin: string) => boolean {
  if (pattern === "*") return () => true;
  const [, host, ports] = /^(.*):\[(\*|\d+(?:,\d+)*)\]$/.exec(pattern) ?? [];
  if (host === undefined || ports === undefined) return compileGlob(pattern);
  const fits = compileGlob(host);
  const allowed = new Set(ports.split(","));
  return (origin) => {
    const [, name, port] = /^(.*?)(?::(\d+))?$/.exec(origin) ?? [];
    const fitsPort = ports === "*" || (port !== undefined && allowed.has(port));
    return fitsPort && name !== undefined && fits(name);
  };
}

/** `*` is any text, empty too; takes time in proportion to the text. */
function compileGlob(pattern: string): (text: string) => boolean {
  const [first = "", ...rest] = pattern.split("*");
  const last = rest.pop();
  if (last === undefined) return (text) => text === pattern;
  return (text) => {
    if (!text.startsWith(first)) return false;
    let at = first.length;
    for (const part of rest) {
      const found = text.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return text.length - at >= last.length && text.endsWith(last);
  };
}
