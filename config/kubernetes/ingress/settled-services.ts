import type { Written } from "../translator.ts";

/** Entries of services that hold settings of an Ingress: the joiner lets the oldest of them win. */
export const carriesSettings: WeakSet<Written> = new WeakSet();
