import { z } from "zod";
import { definePlugin, type Plugin } from "#src/core/plugin.ts";
import { checkedText, Complaint } from "#src/core/settings/scalars.ts";
import { makes, someOf } from "#src/core/settings/shapes.ts";
import {
  allowRules,
  type AllowRule,
  consumerHooks,
  consumerName,
  type ConsumerRules,
  denial,
  globalAuth,
} from "./auth/consumer-rules.ts";
import { SecretIndex } from "./auth/secret-index.ts";

interface BasicConsumer {
  readonly name: string;
  readonly credential: string;
}

interface Options extends ConsumerRules {
  readonly consumers: readonly BasicConsumer[];
}

const credential = checkedText({ description: "User and password, as user:password.", type: "string" }, (value) =>
  value.includes(":") ? value : new Complaint("must be user:password"),
);

const deny = denial("basic-auth", "Basic Auth", "Basic");
const none = deny(401, "no_credentials", "No Basic Authentication information found.");
const unknown = deny(401, "unknown_credentials", "Invalid username and/or password.");
const forbidden = deny(403, "not_allowed", "Unauthorized consumer.");

const SCHEME = /^Basic +/i;

/** Lets in who shows a user's name and password (RFC 7617). */
export const basicAuth: Plugin<Options, AllowRule> = definePlugin({
  name: "basic-auth",
  summary: "Lets consumers in by user and password (HTTP Basic).",
  phase: "AUTHN",
  priority: 320,
  failStrategy: "FAIL_CLOSE",
  options: z.strictObject({
    global_auth: globalAuth.exactOptional(),
    consumers: someOf(makes<BasicConsumer>()(z.strictObject({ name: consumerName, credential })), "Who may ask."),
  }),
  rules: allowRules<Options>(),
  async configure(given, { hasRules }) {
    const index = await SecretIndex.of(given.consumers.map((one) => [one.credential, one.name]));
    return consumerHooks(given, hasRules, forbidden, async ({ request }) => {
      const authorization = request.headers.get("authorization") ?? "";
      if (!SCHEME.test(authorization)) return none;
      const shown = decoded(authorization.replace(SCHEME, ""));
      const name = shown === undefined ? undefined : await index.nameOf(shown);
      return name === undefined ? unknown : { name };
    });
  },
});

/** `user:password`; undefined when it is no Base64 of UTF-8. */
function decoded(text: string): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.fromBase64(text.trim()));
  } catch {
    return undefined;
  }
}
