import { isTrue, plain, TemplateError } from "../value.ts";
import { asText, between, fixed, type Functions, open } from "./signature.ts";
import { isEmpty } from "./list.ts";

/** Sprig's choices. */
export const defaults: Functions = {
  default: between(1, 2, ([fallback, given]) => (isEmpty(given) ? fallback : given)),
  empty: fixed(1, isEmpty),
  coalesce: open(0, (args) => args.find((arg) => !isEmpty(arg))),
  ternary: fixed(3, (yes, no, condition) => (isTrue(condition) ? yes : no)),
  fail: fixed(1, (message) => {
    throw new TemplateError(asText(plain(message)));
  }),
};
