import { mapping } from "../../check-values.ts";
import type { EntryPlace } from "../merge.ts";

/** What stands around a path that is matched without regard to case, or as a prefix: see `path.ts`. */
const AROUND = /^\(\?i\)|(?:\(\?:\/\.\*\)\?|\.\*)$/g;

const FIRST: readonly number[] = [];

/**
 * Puts the routes of Ingresses whose paths are expressions in the order that Higress and ingress-nginx ask them in: the longer the path, the
 * earlier. They stand behind the Ingresses' other routes, which are found by their paths and not in an order.
 */
export const placeOfExpression: EntryPlace = ({ written, from }) => {
  if (from.kind !== "Ingress") return FIRST;
  const { regex } = mapping(mapping(written["match"])["path"]);
  return typeof regex === "string" ? [-regex.replaceAll(AROUND, "").length, regex.length] : FIRST;
};
