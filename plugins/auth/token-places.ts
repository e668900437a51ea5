import type { CallRequest } from "#src/core/plugin.ts";

/** Where a token may be. */
export interface TokenPlaces {
  readonly from_headers: readonly { readonly name: string; readonly value_prefix: string }[];
  readonly from_params: readonly string[];
  readonly from_cookies: readonly string[];
}

/** A token, and where it was. */
export interface Found {
  readonly token: string;
  readonly place: "header" | "param" | "cookie";
  readonly name: string;
}

type Request = Pick<CallRequest, "headers" | "search"> & { search: string };

/** The tokens that a request shows, in the order of their places. */
export function tokensIn({ headers, search }: Request, places: TokenPlaces): Found[] {
  const found: Found[] = [];
  for (const { name, value_prefix: prefix } of places.from_headers) {
    const value = headers.get(name.toLowerCase());
    if (value?.startsWith(prefix) === true)
      found.push({ token: value.slice(prefix.length).trim(), place: "header", name });
  }
  const params = new URLSearchParams(search);
  for (const name of places.from_params) {
    const token = params.get(name);
    if (token !== null) found.push({ token, place: "param", name });
  }
  const cookies = cookiesOf(headers.get("cookie") ?? "");
  for (const name of places.from_cookies) {
    const token = cookies.find(([own]) => own === name)?.[1];
    if (token !== undefined) found.push({ token, place: "cookie", name });
  }
  return found.filter(({ token }) => token !== "");
}

/** Takes a token out of the request. */
export function withoutToken(request: Request, { place, name }: Found): void {
  if (place === "header") request.headers.delete(name.toLowerCase());
  else if (place === "param") {
    const params = new URLSearchParams(request.search);
    params.delete(name);
    request.search = params.size === 0 ? "" : `?${params.toString()}`;
  } else {
    const others = cookiesOf(request.headers.get("cookie") ?? "").filter(([own]) => own !== name);
    if (others.length === 0) request.headers.delete("cookie");
    else request.headers.set("cookie", others.map(([own, value]) => `${own}=${value}`).join("; "));
  }
}

function cookiesOf(header: string): [name: string, value: string][] {
  return header.split(";").flatMap((pair): [string, string][] => {
    const equals = pair.indexOf("=");
    return equals < 0 ? [] : [[pair.slice(0, equals).trim(), pair.slice(equals + 1).trim()]];
  });
}
