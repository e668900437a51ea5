import { z } from "zod";
import { compileLinear } from "#src/core/linear-regex.ts";
import { type Call, definePlugin, type LocalReply, type Plugin } from "#src/core/plugin.ts";
import { anyText, flag, plainText } from "#src/core/settings/scalars.ts";
import { list, makes } from "#src/core/settings/shapes.ts";
import { refusal, statusCode } from "./refusal.ts";

interface Options {
  readonly block_urls: readonly string[];
  readonly block_exact_urls: readonly string[];
  readonly block_regexp_urls: readonly string[];
  readonly block_headers: readonly string[];
  readonly block_bodies: readonly string[];
  readonly block_bodys?: readonly string[];
  readonly blocked_code: number;
  readonly blocked_message: string;
  readonly case_sensitive: boolean;
}

const part = plainText("Text.");

const options = makes<Options>()(
  z.strictObject({
    block_urls: list(part, "A path with its query that holds one of these is blocked.").default([]),
    block_exact_urls: list(part, "A path with its query that equals one of these is blocked.").default([]),
    block_regexp_urls: list(
      anyText("A regular expression in RE2's syntax."),
      "A path with its query in which one of these is found is blocked.",
    ).default([]),
    block_headers: list(part, "A request with one of these in the name or value of a header is blocked.").default([]),
    block_bodies: list(part, "A request with one of these in its body is blocked.").default([]),
    block_bodys: list(part, "The same, as Higress' C++ plugin spells it.").exactOptional(),
    blocked_code: statusCode("The status of a refusal.").default(403),
    blocked_message: anyText("The body of a refusal.").default(""),
    case_sensitive: flag("Whether A and a differ.").default(true),
  }),
);

/** What must not be asked for. */
export const requestBlock: Plugin<Options> = definePlugin({
  name: "request-block",
  summary: "Refuses requests by what is in their URL, their headers or their body.",
  phase: "AUTHN",
  priority: 320,
  failStrategy: "FAIL_CLOSE",
  options,
  async configure(settings) {
    const blocked = await compile(settings);
    if (blocked.empty) throw new Error("Nothing is blocked: give block_urls, block_headers or another of the lists.");
    const refuse = (call: Call, word: string): LocalReply => {
      const { blocked_code: status, blocked_message: message } = settings;
      return refusal(
        call,
        { status, message, otherwise: "The request is blocked." },
        { reason: `request-block.${word}` },
      );
    };
    return {
      requestHeaders(call) {
        const word = blocked.url(call) ?? blocked.headers(call);
        return word === undefined ? undefined : refuse(call, word);
      },
      ...(blocked.body === undefined ? {} : { requestBody: bodyHook(blocked.body, refuse) }),
    };
  },
});

function bodyHook(blocked: (text: string) => boolean, refuse: (call: Call, word: string) => LocalReply) {
  const decoder = new TextDecoder();
  return (call: Call, body: Uint8Array): LocalReply | undefined =>
    blocked(decoder.decode(body)) ? refuse(call, "body_blocked") : undefined;
}

interface Blocked {
  readonly empty: boolean;
  /** Why the URL is blocked. */
  url(call: Call): string | undefined;
  headers(call: Call): string | undefined;
  readonly body: ((text: string) => boolean) | undefined;
}

async function compile(settings: Options): Promise<Blocked> {
  const { case_sensitive: sensitive, block_bodies: bodies } = settings;
  const fold = (text: string): string => (sensitive ? text : text.toLowerCase());
  const parts = (texts: readonly string[]): readonly string[] => texts.filter((text) => text !== "").map(fold);
  const [urls, headers] = [parts(settings.block_urls), parts(settings.block_headers)];
  const exact = new Set(parts(settings.block_exact_urls));
  const sources = settings.block_regexp_urls.filter((source) => source !== "");
  const patterns = await Promise.all(sources.map((source) => compileLinear(source, sensitive ? "" : "i")));
  const inBody = parts([...bodies, ...(settings.block_bodys ?? [])]);
  const anyUrl = urls.length + exact.size + patterns.length > 0;
  return {
    empty: !anyUrl && headers.length + inBody.length === 0,
    url({ request: { path, search } }) {
      if (!anyUrl) return undefined;
      const url = path + search;
      const folded = fold(url);
      if (exact.has(folded)) return "url_blocked.exact";
      if (urls.some((part) => folded.includes(part))) return "url_blocked.keyword";
      return patterns.some((pattern) => pattern.test(url)) ? "url_blocked.regexp" : undefined;
    },
    headers(call) {
      if (headers.length === 0) return undefined;
      const text = fold(headerText(call));
      return headers.some((part) => text.includes(part)) ? "header_blocked" : undefined;
    },
    body:
      inBody.length === 0
        ? undefined
        : (body) => {
            const text = fold(body);
            return inBody.some((part) => text.includes(part));
          },
  };
}

/** Names and values by lines, HTTP/2's own headers first, as Higress searches them. */
function headerText({ request, connection }: Call): string {
  const { method, host, path, search, headers } = request;
  const authority = headers.get("host") ?? host;
  const scheme = connection.secure ? "https" : "http";
  const text = [":authority", authority, ":path", path + search, ":method", method, ":scheme", scheme];
  headers.forEach((value, name) => {
    if (name !== "host") text.push(name, value);
  });
  return text.join("\n");
}
