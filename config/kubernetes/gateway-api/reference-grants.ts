import type { Lookup } from "../translator.ts";
import { mappingsAt, textAt } from "./fields.ts";
import { KINDS } from "./kinds.ts";

/** An object that refers to another one. */
export interface ReferenceFrom {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
}

/** The object that is referred to. */
export interface ReferenceTo extends ReferenceFrom {
  readonly name: string;
}

/** Whether the reference may be: within a namespace always, else where a ReferenceGrant of the other namespace allows it. */
export function isPermitted(from: ReferenceFrom, to: ReferenceTo, lookup: Lookup): boolean {
  if (from.namespace === to.namespace) return true;
  return lookup.list(KINDS.referenceGrant, to.namespace).some(({ spec }) => {
    const allowed = mappingsAt(spec, "from").some(
      (one) =>
        (textAt(one, "group") ?? "") === from.group &&
        textAt(one, "kind") === from.kind &&
        textAt(one, "namespace") === from.namespace,
    );
    return allowed && mappingsAt(spec, "to").some((one) => isMeant(one, to));
  });
}

function isMeant(written: unknown, to: ReferenceTo): boolean {
  const name = textAt(written, "name");
  return (
    (textAt(written, "group") ?? "") === to.group &&
    textAt(written, "kind") === to.kind &&
    (name === undefined || name === to.name)
  );
}
