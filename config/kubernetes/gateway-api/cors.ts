import type { Written } from "../translator.ts";
import { mapping } from "../../check-values.ts";
import { numberAt, textsAt } from "./fields.ts";

/** What browsers may do without asking, besides what a filter allows. */
const SIMPLE_METHODS = ["GET", "HEAD", "POST"];

/** No origin is written so: an empty list allows nobody, where the plugin's would allow everybody. */
const NOBODY = ["none:"];

/** The API's own default, in seconds. */
const DEFAULT_MAX_AGE = 5;

/** The CORS filter as a plugin of the route. Origins are patterns, since `*` among them goes together with credentials. */
export function corsPlugin(settings: unknown): Written {
  const methods = textsAt(settings, "allowMethods");
  const origins = textsAt(settings, "allowOrigins");
  return {
    name: "cors",
    config: {
      allow_origin_patterns: origins.length === 0 ? NOBODY : origins,
      allow_methods: methods.length === 0 ? SIMPLE_METHODS : methods,
      allow_headers: textsAt(settings, "allowHeaders"),
      expose_headers: textsAt(settings, "exposeHeaders"),
      allow_credentials: mapping(settings)["allowCredentials"] === true,
      max_age: numberAt(settings, "maxAge") ?? DEFAULT_MAX_AGE,
      reject_others: false,
    },
  };
}
