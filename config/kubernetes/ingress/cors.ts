import type { Written } from "../translator.ts";
import type { IngressScope } from "./scope.ts";

const METHODS = ["GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS"];
const HEADERS = [
  "DNT",
  "X-CustomHeader",
  "Keep-Alive",
  "User-Agent",
  "X-Requested-With",
  "If-Modified-Since",
  "Cache-Control",
  "Content-Type",
  "Authorization",
];
const MAX_AGE = 1_728_000;

/** `enable-cors` and `cors-*`, by the plugin `cors`. */
export function corsOf(scope: IngressScope): readonly Written[] {
  const { annotations } = scope;
  if (!annotations.flag("enable-cors")) return [];
  const credentials = annotations.has("cors-allow-credentials") ? annotations.flag("cors-allow-credentials") : true;
  const config = {
    ...originsOf(scope),
    allow_methods: listOr(annotations.words("cors-allow-methods"), METHODS),
    allow_headers: listOr(annotations.words("cors-allow-headers"), HEADERS),
    expose_headers: annotations.words("cors-expose-headers"),
    allow_credentials: credentials,
    max_age: annotations.integer("cors-max-age") ?? MAX_AGE,
    // As Envoy and nginx do: what is not allowed goes on, and browsers keep it from the page.
    reject_others: false,
  };
  return [{ name: "cors", config }];
}

function listOr(written: readonly string[], otherwise: readonly string[]): readonly string[] {
  if (written.length === 0) return otherwise;
  return written.includes("*") ? ["*"] : written;
}

/** Every origin is a pattern, not `*`: browsers send cookies only to who names them. */
function originsOf({ annotations }: IngressScope): Written {
  const origins = annotations.words("cors-allow-origin");
  if (origins.length === 0 || origins.includes("*")) return { allow_origin_patterns: ["*"] };
  const good = origins.filter((origin) => {
    if (/^\w+:\/\/[^/\s]+$/.test(origin)) return true;
    annotations.error(
      "cors-allow-origin",
      `${origin} is not an origin`,
      "as in https://www.example.com or https://*.example.com",
    );
    return false;
  });
  return {
    allow_origins: good.filter((origin) => !origin.includes("*")),
    allow_origin_patterns: good.filter((origin) => origin.includes("*")),
  };
}
