import { z } from "zod";
import type { IpAddress } from "#src/core/network/address.ts";
import { type Call, definePlugin, LocalReply, type Plugin } from "#src/core/plugin.ts";
import { anyText, headerName, text } from "#src/core/settings/scalars.ts";
import { list, makes, trying, word } from "#src/core/settings/shapes.ts";
import { addressIn, AddressSet } from "./address-set.ts";
import { statusCode } from "./refusal.ts";

interface Options {
  readonly ip_source_type: "origin-source" | "header";
  readonly ip_header_name: string;
  readonly allow: readonly string[];
  readonly deny: readonly string[];
  readonly status: number;
  readonly message: string;
  readonly response_body?: string;
  readonly content_type: string;
}

const block = text("An address, or a block as in 10.0.0.0/8.");

const options = makes<Options>()(
  z
    .strictObject({
      ip_source_type: word(
        ["origin-source", "header"],
        "Where the client's address is taken from: its connection, or a header.",
      ).default("origin-source"),
      ip_header_name: headerName("The header that holds the address, with ip_source_type header.").default(
        "x-forwarded-for",
      ),
      allow: list(block, "Only these addresses may pass. Not together with deny.").default([]),
      deny: list(block, "These addresses may not pass.").default([]),
      status: statusCode("The status of a refusal.").default(403),
      message: anyText("What a refusal says; on HTTP routes as the JSON object {message}.").default(
        "Your IP address is blocked.",
      ),
      response_body: text("The body of a refusal on HTTP routes, in place of the JSON: an HTML page.").exactOptional(),
      content_type: text("The type of response_body.").default("text/html; charset=utf-8"),
    })
    .superRefine(trying(listedIn)),
);

/** Who may ask, by address. */
export const ipRestriction: Plugin<Options> = definePlugin({
  name: "ip-restriction",
  summary: "Lets only some IP addresses pass, or keeps some out.",
  phase: "AUTHN",
  priority: 210,
  failStrategy: "FAIL_CLOSE",
  options,
  configure(settings) {
    const listed = listedIn(settings);
    const [wanted, reason] = settings.allow.length > 0 ? [true, "ip_not_allowed"] : [false, "ip_denied"];
    const addressOf = sourceOf(settings);
    return {
      requestHeaders(call) {
        const address = addressOf(call);
        if (address === undefined) return denied(call, settings, "get_ip_failed");
        return listed.has(address) === wanted ? undefined : denied(call, settings, reason);
      },
    };
  },
});

/** Throws an Error that says which of them cannot be used. */
function listedIn({ allow, deny }: Pick<Options, "allow" | "deny">): AddressSet {
  if (allow.length > 0 === deny.length > 0) {
    throw new Error(allow.length > 0 ? "allow and deny cannot both be given." : "Give one of allow and deny.");
  }
  return AddressSet.of(allow.length > 0 ? allow : deny);
}

/** A header with more than one address is none: the first ones are whatever the client has written. */
function sourceOf({ ip_source_type, ip_header_name }: Options): (call: Call) => IpAddress | undefined {
  if (ip_source_type === "origin-source") return ({ connection }) => addressIn(connection.remoteAddress ?? "");
  const name = ip_header_name.toLowerCase();
  return ({ request }) => addressIn(request.headers.get(name) ?? "");
}

function denied({ route }: Call, settings: Options, why: string): LocalReply {
  const { status, message, response_body: page, content_type: type } = settings;
  const reason = `ip-restriction.${why}`;
  if (route.ai || route.mcp) return LocalReply.refuse(status, message, { reason });
  const [contentType, body] = page === undefined ? ["application/json", JSON.stringify({ message })] : [type, page];
  return LocalReply.respond(status, body, { headers: [["content-type", contentType]], reason });
}
