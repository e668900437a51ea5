import type { Translator } from "../translator.ts";
import { grpcMatch } from "./grpc-matches.ts";
import { KINDS } from "./kinds.ts";
import { routePiece } from "./route.ts";
import type { RuleKind } from "./route-rules.ts";

const GRPC_RULES: RuleKind = {
  matchOf: grpcMatch,
  filters: new Set(["RequestHeaderModifier", "ResponseHeaderModifier", "RequestMirror"]),
  // What clients of gRPC take for UNAVAILABLE.
  failure: 503,
};

/** GRPCRoutes. */
export const grpcRouteTranslator: Translator = {
  kind: KINDS.grpcRoute,
  translate: (route, lookup, options) => routePiece(route, "GRPCRoute", GRPC_RULES, lookup, options),
};
