import { ipRestriction } from "./ip-restriction.ts";
import type { NativeFilter } from "./native-filter.ts";

/** The built-in plugins whose work Envoy does itself; all others keep their routes in Sluice. */
export const NATIVE_FILTERS: readonly NativeFilter[] = [ipRestriction];
