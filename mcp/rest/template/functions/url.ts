import { type Dict, TemplateError } from "../value.ts";
import { asDict, asText, fixed, type Functions } from "./signature.ts";

const HEX = (char: string): string => `%${char.charCodeAt(0).toString(16).toUpperCase()}`;

/** Go's `url.QueryEscape`: a space is `+`. */
export function queryEscaped(text: string): string {
  return encodeURIComponent(text.toWellFormed())
    .replaceAll("%20", "+")
    .replaceAll(/[!'()*]/g, HEX);
}

/** Sprig's functions of URLs. */
export const urls: Functions = {
  urlParse: fixed(1, (url) => parts(asText(url))),
  urlJoin: fixed(1, (dict) => joined(asDict(dict, "urlJoin"))),
};

/** By RFC 3986, appendix B. */
function parts(url: string): Dict {
  const match = /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s.exec(url);
  if (match === null) throw new TemplateError("urlParse got what is no URL");
  const [, scheme = "", authority = "", path = "", query = "", fragment = ""] = match;
  const at = authority.lastIndexOf("@");
  const host = authority.slice(at + 1);
  const opaque = scheme !== "" && authority === "" && !path.startsWith("/") ? path : "";
  return new Map(
    Object.entries({
      scheme: scheme.toLowerCase(),
      host,
      hostname: host.startsWith("[") ? host.slice(1, host.indexOf("]")) : host.replace(/:\d*$/, ""),
      path: opaque === "" ? decoded(path) : "",
      query,
      opaque,
      fragment: decoded(fragment),
      userinfo: at < 0 ? "" : authority.slice(0, at),
    }),
  );
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function joined(dict: Dict): string {
  const of = (key: string): string => asText(dict.get(key));
  const authority = (of("userinfo") === "" ? "" : `${of("userinfo")}@`) + of("host");
  const scheme = of("scheme") === "" ? "" : `${of("scheme")}:`;
  const query = of("query") === "" ? "" : `?${of("query")}`;
  const fragment = of("fragment") === "" ? "" : `#${encodeURI(of("fragment"))}`;
  if (of("opaque") !== "") return scheme + of("opaque") + query + fragment;
  const path = encodeURI(of("path")).replaceAll("#", "%23").replaceAll("?", "%3F");
  const rooted = authority !== "" && path !== "" && !path.startsWith("/") ? `/${path}` : path;
  return scheme + (authority === "" ? "" : `//${authority}`) + rooted + query + fragment;
}
