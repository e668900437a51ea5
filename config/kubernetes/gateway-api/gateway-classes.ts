import type { Resource } from "../resource.ts";
import type { Lookup, Piece, Translator, TranslatorOptions } from "../translator.ts";
import { condition } from "./conditions.ts";
import { FEATURES } from "./features.ts";
import { mappingAt, textAt } from "./fields.ts";
import { KINDS } from "./kinds.ts";

/** Whether a Gateway is for this gateway: its class names this controller, and was accepted. */
export function isOwnGateway(gateway: Resource, lookup: Lookup, options: TranslatorOptions): boolean {
  const name = textAt(gateway.spec, "gatewayClassName");
  const found = classOf(gateway, lookup);
  return found === undefined ? name === BUILT_IN_CLASS : isOwnClass(found, options) && !hasParameters(found);
}

/** Higress makes this class itself, so that it is in nobody's files. */
const BUILT_IN_CLASS = "higress";

/** The class that a Gateway names, if it is there. */
export function classOf({ spec }: Resource, lookup: Lookup): Resource | undefined {
  const name = textAt(spec, "gatewayClassName");
  return name === undefined ? undefined : lookup.get(KINDS.gatewayClass, "", name);
}

function isOwnClass({ spec }: Resource, { controllerName }: TranslatorOptions): boolean {
  return textAt(spec, "controllerName") === controllerName;
}

function hasParameters({ spec }: Resource): boolean {
  return mappingAt(spec, "parametersRef") !== undefined;
}

/** GatewayClasses come to a status alone. */
export const gatewayClassTranslator: Translator = {
  kind: KINDS.gatewayClass,
  translate(resource, _lookup, options): Piece {
    if (!isOwnClass(resource, options)) return { findings: [] };
    const refused = hasParameters(resource);
    const accepted = refused
      ? condition(resource, "Accepted", "False", "InvalidParameters", "parametersRef is not supported.")
      : condition(resource, "Accepted", "True", "Accepted", "The class is this gateway's.");
    return {
      findings: refused
        ? [
            {
              field: "spec.parametersRef",
              severity: "error",
              message: "is not supported, so that Gateways of this class are not taken",
              hint: "leave it out",
            },
          ]
        : [],
      status: {
        conditions: [accepted],
        supportedFeatures: FEATURES.map((name) => ({ name })),
      },
    };
  },
};
