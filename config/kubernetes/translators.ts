import type { MergePass } from "./merge.ts";
import type { Joiner, Translator } from "./translator.ts";

/** Everything that reads Kubernetes objects. The order is that of precedence: of entries of one name the first counts. */
export const TRANSLATORS: readonly Translator[] = [];

/** What objects of one kind do to each other's pieces. */
export const JOINERS: readonly Joiner[] = [];

/** What is done to all pieces together. */
export const PASSES: readonly MergePass[] = [];
