import type { TemplateContext } from "../run.ts";
import { TemplateError, type Value } from "../value.ts";
import { builtins } from "./builtin.ts";
import { comparisons } from "./compare.ts";
import { conversions } from "./convert.ts";
import { dates } from "./date.ts";
import { defaults } from "./default.ts";
import { dicts } from "./dict.ts";
import { encodings } from "./encode.ts";
import { lists } from "./list.ts";
import { math } from "./math.ts";
import { paths } from "./path.ts";
import { randoms } from "./random.ts";
import { regexes } from "./regex.ts";
import type { Functions, TemplateFunction } from "./signature.ts";
import { strings } from "./string.ts";
import { words } from "./word.ts";
import { urls } from "./url.ts";

/** All of them; `and`, `or` and `gjson` are part of the language. */
const FUNCTIONS: Functions = {
  ...strings,
  ...words,
  ...lists,
  ...dicts,
  ...math,
  ...dates,
  ...defaults,
  ...conversions,
  ...encodings,
  ...regexes,
  ...paths,
  ...urls,
  ...randoms,
  ...comparisons,
  ...builtins,
};

const LANGUAGE = new Set(["and", "or", "gjson"]);

/** Sprig's that Sluice does not offer, by the reason. */
const REFUSED: Readonly<Record<string, readonly string[]>> = {
  "a template must not see the gateway's environment": ["env", "expandenv"],
  "a template must not use the network": ["getHostByName"],
  "keys, certificates and passwords are not made by templates": [
    "bcrypt",
    "htpasswd",
    "genPrivateKey",
    "derivePassword",
    "buildCustomCert",
    "genCA",
    "genCAWithKey",
    "genSelfSignedCert",
    "genSelfSignedCertWithKey",
    "genSignedCert",
    "genSignedCertWithKey",
    "encryptAES",
    "decryptAES",
  ],
  "Sluice does not offer it": ["semver", "semverCompare", "call"],
};

/** True when there is such a function, else what is wrong with the name. */
export function knowsFunction(name: string): true | string {
  if (LANGUAGE.has(name) || Object.hasOwn(FUNCTIONS, name)) return true;
  const reason = Object.keys(REFUSED).find((why) => REFUSED[why]?.includes(name));
  if (reason !== undefined) return `the function ${name} cannot be used: ${reason}`;
  return `there is no function ${name}`;
}

/** The function, its number of arguments checked. Throws a TemplateError when it takes not so many. */
export function callFunction(name: string, count: number): (args: readonly Value[], context: TemplateContext) => Value {
  const known: TemplateFunction | undefined = FUNCTIONS[name];
  if (known === undefined) throw new TemplateError(`there is no function ${name}`);
  const { least, most } = known;
  if (count < least || count > most) {
    const wanted =
      least === most ? String(least) : most === Number.POSITIVE_INFINITY ? `at least ${least}` : `${least} to ${most}`;
    throw new TemplateError(`${name} takes ${wanted} values, not ${count}`);
  }
  return (args, context) => known.apply(args, context);
}
