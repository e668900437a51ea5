import { mapping } from "../../check-values.ts";
import type { Resource } from "../resource.ts";
import type { Condition } from "../translator.ts";
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

/** Whether an object has entries of this controller in a list of its status, which must go when nothing is said any more. */
export function hasEntries(resource: Resource, list: string, controllerName: string): boolean {
  return mappingsAt(mapping(resource["status"]), list).some((one) => textAt(one, "controllerName") === controllerName);
}
