import { mapping } from "../../check-values.ts";
import type { Resource } from "../resource.ts";
import type { Condition, Written } from "../translator.ts";
import { mappingsAt, textAt } from "./fields.ts";

/** A condition as it stands in a status; who writes it adds `lastTransitionTime`. */
export interface WrittenCondition extends Condition {
  readonly observedGeneration?: number;
}

/** A condition about an object as it is now. */
export function condition(
  about: Resource,
  type: string,
  status: Condition["status"],
  reason: string,
  message: string,
): WrittenCondition {
  const { generation } = about.metadata;
  return {
    type,
    status,
    reason,
    message: message.length > LONGEST_MESSAGE ? `${message.slice(0, LONGEST_MESSAGE - 1)}…` : message,
    ...(generation === undefined ? {} : { observedGeneration: generation }),
  };
}

/** What the API server takes. */
const LONGEST_MESSAGE = 32_768;

/** Conditions of other types, which others have written: they stay. */
export function foreignConditions(status: unknown, own: readonly WrittenCondition[]): readonly Written[] {
  const types = new Set(own.map(({ type }) => type));
  return mappingsAt(status, "conditions").filter((one) => !types.has(textAt(one, "type") ?? ""));
}

/** Entries of a status' list that are other controllers'. */
export function foreignEntries(resource: Resource, list: string, controllerName: string): readonly Written[] {
  return mappingsAt(mapping(resource["status"]), list).filter(
    (one) => textAt(one, "controllerName") !== controllerName,
  );
}
