import { createHash, createHmac } from "node:crypto";
import { z } from "zod";
import {
  type Bytes,
  type Call,
  definePlugin,
  type Filter,
  type Hooks,
  LocalReply,
  type Plugin,
} from "#src/core/plugin.ts";
import { integer, text } from "#src/core/settings/scalars.ts";
import { makes, someOf } from "#src/core/settings/shapes.ts";
import {
  admit,
  allowRules,
  type AllowRule,
  consumerName,
  type ConsumerRules,
  globalAuth,
  isGuarded,
  passesKnown,
  passUnknown,
} from "./auth/consumer-rules.ts";
import { HMAC_HEADERS, stringsToSign } from "./auth/string-to-sign.ts";

interface HmacConsumer {
  readonly name: string;
  readonly key: string;
  readonly secret: string;
}

interface Options extends ConsumerRules {
  readonly consumers: readonly HmacConsumer[];
  readonly date_offset?: number;
}

const options: z.ZodType<Options> = z.strictObject({
  global_auth: globalAuth.exactOptional(),
  consumers: someOf(
    makes<HmacConsumer>()(
      z.strictObject({
        name: consumerName,
        key: text("What names the consumer, in the header x-ca-key."),
        secret: text("What its requests are signed with."),
      }),
    ),
    "Who may ask.",
  ),
  date_offset: integer(
    "By how many seconds a request's Date, or x-ca-timestamp, may be off; left out: by any.",
    1,
  ).exactOptional(),
});

function refuse(status: number, message: string, reason: string): LocalReply {
  return LocalReply.refuse(status, message, { reason: `hmac-auth.${reason}` });
}

const invalidKey = refuse(401, "Invalid Key", "unknown_key");
const noSignature = refuse(401, "Empty Signature", "no_signature");
const invalidMd5 = refuse(400, "Invalid Content-MD5", "content_md5");
const invalidDate = refuse(400, "Invalid Date", "date");
const forbidden = refuse(403, "Unauthorized Consumer", "not_allowed");

/** Timestamps shorter than this are seconds. */
const MILLISECOND_DIGITS = 13;

const FORM = /application\/x-www-form-urlencoded/i;

/** Lets in who has signed the request, as Alibaba Cloud's API gateway has it. */
export const hmacAuth: Plugin<Options, AllowRule> = definePlugin({
  name: "hmac-auth",
  summary: "Lets consumers in by a signature over the request (x-ca-key, x-ca-signature).",
  phase: "AUTHN",
  priority: 330,
  failStrategy: "FAIL_CLOSE",
  options,
  rules: allowRules<Options>(),
  configure(given, { hasRules, clock }): Filter {
    if (!isGuarded(given, hasRules)) return { requestHeaders: passUnknown };
    const consumers = consumersOf(given.consumers);
    return {
      hooks: ["requestHeaders", "requestBody"],
      open: () => signedRequest(given, consumers, () => clock.now()),
    };
  },
});

function consumersOf(list: readonly HmacConsumer[]): ReadonlyMap<string, HmacConsumer> {
  const consumers = new Map(list.map((one) => [one.key, one]));
  if (consumers.size < list.length) throw new Error("two consumers have the same key");
  return consumers;
}

/** The hooks of one request: parameters of a form are signed too, so that its body has to be read first. */
function signedRequest(given: Options, consumers: ReadonlyMap<string, HmacConsumer>, now: () => number): Hooks {
  let consumer: HmacConsumer | undefined;

  function check(call: Call, form: string): LocalReply | undefined {
    const { headers } = call.request;
    const signature = headers.get(HMAC_HEADERS.signature);
    if (consumer === undefined || signature === null || signature === "") return noSignature;
    if (given.date_offset !== undefined && isStale(call, given.date_offset * 1000, now())) return invalidDate;
    const { secret } = consumer;
    const method = headers.get(HMAC_HEADERS.method);
    const texts = stringsToSign(call.request, form);
    if (!texts.some((signed) => isSigned(signed, signature, secret, method))) return invalidSignature(texts[0] ?? "");
    return admit(call, consumer.name, given) ? undefined : forbidden;
  }

  return {
    requestHeaders(call) {
      if (passesKnown(call, given)) return "pass-body";
      const { headers, hasBody = true } = call.request;
      consumer = consumers.get(headers.get(HMAC_HEADERS.key) ?? "");
      if (consumer === undefined) return invalidKey;
      if (given.allow?.includes(consumer.name) === false) return forbidden;
      const form = FORM.test(headers.get("content-type") ?? "") && hasBody;
      if (form) return undefined;
      const digest = headers.get("content-md5");
      // What was said of a body that is not there cannot be right.
      if (digest !== null && digest !== "" && !hasBody) return invalidMd5;
      return check(call, "") ?? (digest === null || digest === "" ? "pass-body" : undefined);
    },
    requestBody(call, body) {
      const { headers } = call.request;
      const digest = headers.get("content-md5");
      if (digest !== null && digest !== "" && digest !== md5(body)) return invalidMd5;
      if (!FORM.test(headers.get("content-type") ?? "")) return undefined;
      return check(call, new TextDecoder().decode(body));
    },
  };
}

function md5(body: Bytes): string {
  return createHash("md5").update(body).digest("base64");
}

function isSigned(text: string, signature: string, secret: string, method: string | null): boolean {
  const algorithm = method === "HmacSHA1" ? "sha1" : "sha256";
  const expected = createHmac(algorithm, secret).update(text).digest();
  const shown = Buffer.from(signature, "base64");
  return sameBytes(shown, expected);
}

/** In a time that tells nothing of where they differ; workers' builds have no `timingSafeEqual`. */
function sameBytes(shown: Uint8Array, expected: Uint8Array): boolean {
  let differs = shown.length ^ expected.length;
  for (const [at, byte] of expected.entries()) differs |= byte ^ (shown[at] ?? 0);
  return differs === 0;
}

/** Tells the client what the gateway has signed, so that it can find the difference; a header has no lines. */
function invalidSignature(signed: string): LocalReply {
  const told = signed.replaceAll("\n", "#").replaceAll(/[^\x20-\x7e]/g, "?");
  return LocalReply.refuse(400, "Invalid Signature", {
    headers: [["x-ca-error-message", `Server StringToSign:\`${told}\``]],
    reason: "hmac-auth.signature",
  });
}

function isStale({ request: { headers } }: Call, offset: number, now: number): boolean {
  const date = headers.get("date");
  const at = date === null || date === "" ? timestamp(headers.get(HMAC_HEADERS.timestamp) ?? "") : Date.parse(date);
  return !(Math.abs(at - now) <= offset);
}

function timestamp(text: string): number {
  if (!/^\d{1,16}$/.test(text)) return Number.NaN;
  return Number(text) * (text.length < MILLISECOND_DIGITS ? 1000 : 1);
}
