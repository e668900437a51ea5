import { cors } from "./cors.ts";
import { ipRestriction } from "./ip-restriction.ts";
import { jwtAuth } from "./jwt-auth.ts";
import { localRateLimit } from "./local-rate-limit.ts";
import type { NativeFilter } from "./native-filter.ts";

/** The built-in plugins whose work Envoy does itself; all others keep their routes in Sluice. */
export const NATIVE_FILTERS: readonly NativeFilter[] = [cors, ipRestriction, jwtAuth, localRateLimit];
