import type { Translator } from "../translator.ts";
import { httpMatch } from "./http-matches.ts";
import { KINDS } from "./kinds.ts";
import { routePiece } from "./route.ts";
import type { RuleKind } from "./route-rules.ts";

const HTTP_RULES: RuleKind = {
  matchOf: httpMatch,
  filters: new Set([
    "RequestHeaderModifier",
    "ResponseHeaderModifier",
    "RequestRedirect",
    "URLRewrite",
    "RequestMirror",
    "CORS",
  ]),
  failure: 500,
};

/** HTTPRoutes. */
export const httpRouteTranslator: Translator = {
  kind: KINDS.httpRoute,
  translate: (route, lookup, options) => routePiece(route, "HTTPRoute", HTTP_RULES, lookup, options),
};
