import type { Resource } from "../resource.ts";
import type { Lookup, TranslatorOptions, Written } from "../translator.ts";
import { attachedRoutes } from "./attached-routes.ts";
import { clientCertificateOf } from "./client-certificate.ts";
import { hasInsecureFallback } from "./client-validation.ts";
import { condition, type WrittenCondition } from "./conditions.ts";
import { addressesOf, type GatewayAddresses } from "./gateway-addresses.ts";
import { GATEWAY_GROUP } from "./kinds.ts";
import { listenerConditions, type ListenerState } from "./listener-state.ts";

/** The `status` of a Gateway. */
export function gatewayStatus(
  gateway: Resource,
  states: readonly ListenerState[],
  lookup: Lookup,
  options: TranslatorOptions,
): Written {
  const addresses = addressesOf(gateway, options);
  const counts = attachedRoutes(gateway, lookup);
  return {
    addresses: addresses.addresses,
    conditions: [
      accepted(gateway, states, addresses),
      programmed(gateway, states, addresses),
      resolvedRefs(gateway, states, lookup),
      ...insecure(gateway),
    ],
    listeners: states.map((state) => {
      const { name, kinds } = state.listener;
      return {
        name,
        supportedKinds: kinds.map((kind) => ({ group: GATEWAY_GROUP, kind })),
        attachedRoutes: counts.get(name) ?? 0,
        conditions: listenerConditions(gateway, state),
      };
    }),
  };
}

function accepted(
  gateway: Resource,
  states: readonly ListenerState[],
  { unsupported }: GatewayAddresses,
): WrittenCondition {
  if (unsupported !== undefined) return condition(gateway, "Accepted", "False", "UnsupportedAddress", unsupported);
  const refused = states.filter(({ refusal }) => refusal !== undefined);
  if (refused.length === 0) return condition(gateway, "Accepted", "True", "Accepted", "The Gateway is valid.");
  const message = refused.map(({ listener, refusal }) => `${listener.name}: ${refusal?.message ?? ""}`).join(" ");
  const some = refused.length < states.length;
  return condition(gateway, "Accepted", some ? "True" : "False", "ListenersNotValid", message);
}

function programmed(
  gateway: Resource,
  states: readonly ListenerState[],
  { unsupported, failed }: GatewayAddresses,
): WrittenCondition {
  const no = (reason: string, message: string): WrittenCondition =>
    condition(gateway, "Programmed", "False", reason, message);
  if (unsupported !== undefined) return no("Invalid", unsupported);
  if (failed !== undefined) return no(failed.reason, failed.message);
  if (!states.some((state) => state.programmed)) return no("Invalid", "None of the listeners can be set up.");
  return condition(gateway, "Programmed", "True", "Programmed", "The Gateway is set up.");
}

function resolvedRefs(gateway: Resource, states: readonly ListenerState[], lookup: Lookup): WrittenCondition {
  const found = clientCertificateOf(gateway, lookup);
  if (found !== undefined && "reason" in found) {
    return condition(gateway, "ResolvedRefs", "False", found.reason, found.message);
  }
  const broken = states.filter(({ problems }) => problems.length > 0).map(({ listener }) => listener.name);
  if (broken.length === 0)
    return condition(gateway, "ResolvedRefs", "True", "ResolvedRefs", "Everything the Gateway refers to is there.");
  const message = `See the conditions of the listeners ${broken.join(", ")}.`;
  return condition(gateway, "ResolvedRefs", "False", "ListenersNotResolved", message);
}

function insecure(gateway: Resource): readonly WrittenCondition[] {
  if (!hasInsecureFallback(gateway)) return [];
  const message = "Clients without a valid certificate are let through.";
  return [condition(gateway, "InsecureFrontendValidationMode", "True", "ConfigurationChanged", message)];
}
