import type { JsonObject } from "#src/core/json.ts";
import { typed } from "../resources.ts";
import { Refusal } from "../refusal.ts";
import type { NativeFilter } from "./native-filter.ts";

/** The options of the built-in, as its schema reads them. */
interface Options {
  readonly ip_source_type: "origin-source" | "header";
  readonly allow: readonly string[];
  readonly deny: readonly string[];
  readonly status: number;
  readonly message: string;
  readonly response_body?: string;
}

const NAME = "sluice.ip-restriction";

/** What the built-in says when nothing else is asked for; Envoy says it, too: see src/control/envoy/local-replies.ts. */
const BLOCKED = "Your IP address is blocked.";

/** Envoy's RBAC by the address of the connection. */
export const ipRestriction: NativeFilter = {
  plugin: "ip-restriction",
  filters: [{ name: NAME, config: typed("envoy.extensions.filters.http.rbac.v3.RBAC") }],
  atRoute(given) {
    const { ip_source_type: source, allow, deny, status, message, response_body: page } = given as Options;
    if (source === "header") return new Refusal("it takes the address from a header");
    if (status !== 403 || message !== BLOCKED || page !== undefined) return new Refusal("it has an answer of its own");
    const [action, blocks] = allow.length > 0 ? ["ALLOW", allow] : ["DENY", deny];
    const rules = {
      action,
      policies: {
        "ip-restriction": { permissions: [{ any: true }], principals: blocks.map(principal) },
      },
    };
    return {
      filters: { [NAME]: typed("envoy.extensions.filters.http.rbac.v3.RBACPerRoute", { rbac: { rules } }) },
    };
  },
};

function principal(block: string): JsonObject {
  const [address = "", length] = block.trim().split("/");
  const bits = address.includes(":") ? 128 : 32;
  return { direct_remote_ip: { address_prefix: address, prefix_len: length === undefined ? bits : Number(length) } };
}
