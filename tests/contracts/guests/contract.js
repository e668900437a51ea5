import { getHeader, setHeader, addHeader, removeHeader, setConsumer } from "sluice:plugin/request@0.1.0";
import * as response from "sluice:plugin/response@0.1.0";
import { http } from "sluice:plugin/callout@0.1.0";

const HOOKS = {
  headers: ["request-headers", "response-headers"],
  body: ["request-body", "response-body"],
  events: ["chat-event"],
};
let config;
// QuickJS has neither TextEncoder nor TextDecoder.
const bytes = (text) => Uint8Array.from(unescape(encodeURIComponent(text)), (letter) => letter.charCodeAt(0));
const text = (given) => decodeURIComponent(escape(String.fromCharCode(...given)));
const reply = (kind, status, said, headers = []) => ({
  tag: "answer",
  val: { status, headers, body: bytes(said), kind, reason: undefined },
});
const refuse = (status, message) => reply("refusal", status, message);
const PROCEED = { tag: "proceed" };

const REQUEST = {
  "key-auth"() {
    const given = getHeader("x-api-key");
    if (given == null) return refuse(401, "No API key found.");
    if (given !== config.key) return refuse(401, "Unknown API key.");
    setConsumer(config.consumer);
    setHeader("x-mse-consumer", config.consumer);
    return PROCEED;
  },
  headers() {
    setHeader("x-added", "1");
    addHeader("x-many", "b");
    removeHeader("x-removed");
    return PROCEED;
  },
  callout() {
    const headers = [["x-user", getHeader("x-user") ?? ""]];
    let answer;
    try {
      answer = http({
        upstream: config.upstream,
        method: "GET",
        path: "/check",
        headers,
        body: new Uint8Array(),
        timeoutMs: 10_000,
      });
    } catch {
      return refuse(403, "Not allowed.");
    }
    if (answer.status !== 200) return refuse(403, "Not allowed.");
    setHeader("x-checked", text(answer.body));
    return PROCEED;
  },
  early: () => reply("plain", 418, "short and stout", [["x-early", "yes"]]),
};

export const guest = {
  configure(json) {
    config = JSON.parse(json);
    if (config.mode === undefined) throw "there is no mode";
    return { hooks: HOOKS[config.mode] ?? ["request-headers"], tickMs: 0 };
  },
  onRequestHeaders: () => REQUEST[config.mode](),
  onRequestBody: (_, body) => ({
    tag: "replace",
    val: body.map((byte) => (byte >= 97 && byte <= 122 ? byte - 32 : byte)),
  }),
  onChatRequest: () => ({ tag: "keep" }),
  onResponseHeaders() {
    response.setHeader("x-seen", String(response.getStatus()));
    response.removeHeader("x-gone");
    return PROCEED;
  },
  onResponseBody(_, body) {
    const whole = new Uint8Array(body.length + 2);
    whole[0] = 60;
    whole.set(body, 1);
    whole[body.length + 1] = 62;
    return { tag: "replace", val: whole };
  },
  onResponseChunk: () => ({ tag: "keep" }),
  onChatEvent(_, event) {
    const step = JSON.parse(event);
    if (step.type !== "text") return { tag: "keep" };
    return { tag: "replace", val: JSON.stringify([{ ...step, text: step.text.replaceAll("secret", "******") }]) };
  },
  onDone() {},
  onTick() {},
};
