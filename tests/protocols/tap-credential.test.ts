import { describe, expect, test } from "bun:test";
import type { ClientProtocol } from "#src/core/protocol.ts";
import { Tap } from "#src/protocols/answer-tap.ts";
import { Converting } from "#src/traffic/ai/stream-work.ts";
import { redact, redactText } from "#src/traffic/ai/redact.ts";
import { atOnce } from "#tests/support/at-once.ts";

const KEY = "azure+key/of-mine=";
const CREDENTIAL = { id: "p#1", secret: KEY };

/** The forms in which JSON writers put the key into a string: plain, PHP's, Go's and Gson's, and every character by its number. */
const FORMS = [
  KEY,
  KEY.replaceAll("/", "\\/"),
  KEY.replaceAll("=", "\\u003d").replaceAll("+", "\\u002B"),
  KEY.replaceAll(/[^]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`),
];

interface Case {
  readonly before: string;
  /** An event of the model's own words. */
  readonly content: (text: string) => string;
  /** What providers and proxies write when they fail in the middle, as they write it. */
  readonly errors: readonly ((text: string) => string)[];
}

const named = (event: string, data: string): string => `event: ${event}\ndata: ${data}\n\n`;
/** Shapes that any proxy before a provider may write. */
const ANYONES: readonly ((text: string) => string)[] = [
  (text) => named("error", `{"message":"bad ${text}","code":401}`),
  (text) => named("error", `Unauthorized: ${text}`),
  (text) => `event:error\ndata:{"detail":"bad ${text}"}\n\n`,
  (text) => `data: {"error":{"message":"bad ${text}","type":"server_error"}}\n\n`,
  (text) => `data: {"error":"bad ${text}"}\n\n`,
  (text) => `data: {"message":"bad ${text}"}\n\n`,
  (text) => `data: {"detail":"bad ${text}"}\r\n\r\n`,
  (text) => `data: Unauthorized: ${text}\n\n`,
  (text) => `: refused ${text}\n\n`,
];

const chunk = (rest: string): string => `data: {"id":"c","model":"m",${rest}}\n\n`;

const CASES: Readonly<Record<ClientProtocol, Case>> = {
  "openai-chat": {
    before: chunk('"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":null}]'),
    content: (text) => chunk(`"choices":[{"index":0,"delta":{"content":"${text}"},"finish_reason":null}]`),
    errors: [
      // vLLM's, and OpenRouter's (its documentation, "Errors": beside choices).
      (text) => `data: {"object":"error","message":"bad ${text}","code":401}\n\n`,
      (text) =>
        chunk(
          `"error":{"code":502,"message":"bad ${text}"},"choices":[{"index":0,"delta":{},"finish_reason":"error"}]`,
        ),
    ],
  },
  "anthropic-messages": {
    before: named("message_start", '{"type":"message_start","message":{"id":"m","model":"c","usage":{}}}'),
    content: (text) =>
      named(
        "content_block_delta",
        `{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"${text}"}}`,
      ),
    errors: [
      (text) => named("error", `{"type":"error","error":{"type":"overloaded_error","message":"bad ${text}"}}`),
      (text) => `data: {"type":"error","error":{"type":"api_error","message":"bad ${text}"}}\n\n`,
    ],
  },
  gemini: {
    before: 'data: {"candidates":[{"content":{"parts":[{"text":"a"}]}}]}\n\n',
    content: (text) => `data: {"candidates":[{"content":{"parts":[{"text":"${text}"}]}}]}\n\n`,
    errors: [(text) => `data: {"error":{"code":400,"message":"bad ${text}","status":"INVALID_ARGUMENT"}}\n\n`],
  },
  "openai-responses": {
    before: named("response.created", '{"type":"response.created","response":{"id":"r","model":"m"}}'),
    content: (text) => named("response.output_text.delta", `{"type":"response.output_text.delta","delta":"${text}"}`),
    errors: [
      (text) => named("error", `{"type":"error","code":"x","message":"bad ${text}","param":null}`),
      (text) =>
        named(
          "response.failed",
          `{"type":"response.failed","response":{"status":"failed","error":{"code":"x","message":"bad ${text}"}}}`,
        ),
    ],
  },
};
const PROTOCOLS = Object.keys(CASES).filter((name): name is ClientProtocol => name in CASES);

const clean = (text: string): string => redactText(text, CREDENTIAL);

function through(protocol: ClientProtocol, chunks: readonly Uint8Array[], model?: string): string {
  const shown = model === undefined ? {} : { model };
  const tap = new Tap({ protocol, hideUsage: false, candidates: 1, clean, ...shown });
  return Buffer.concat(chunks.map((bytes) => tap.push(bytes) ?? new Uint8Array())).toString();
}

describe.each(PROTOCOLS)("a stream of %s with the key in an error", (protocol) => {
  const { before, content, errors } = CASES[protocol];
  const shapes = [...errors, ...ANYONES];

  test("shows it in no shape and no form", () => {
    for (const shape of shapes) {
      for (const form of FORMS) {
        for (const start of ["", before + content("b")]) {
          const bytes = [start, shape(form)].map((text) => Buffer.from(text));
          expect(through(protocol, bytes)).toBe(start + shape("***"));
          const renamed = through(protocol, bytes, "asked-for");
          expect(renamed).toContain("***");
          expect(renamed).not.toContain(form);
        }
      }
    }
  });

  test("does not show it wherever the bytes are cut", () => {
    for (const shape of shapes) {
      const bytes = Buffer.from(before + content("b") + shape(KEY));
      for (let at = 0; at <= bytes.length; at++) {
        const passed = through(protocol, [bytes.subarray(0, at), bytes.subarray(at)]);
        expect(passed).toBe(before + content("b") + shape("***"));
      }
    }
  });

  test("leaves the model's own words alone, whatever they are", () => {
    const text = before + content(KEY) + content('\\"error\\": ' + KEY);
    expect(through(protocol, [Buffer.from(before), Buffer.from(text)])).toBe(before + text);
  });

  test("does not show it converted either", () => {
    for (const shape of errors) {
      for (const to of PROTOCOLS.filter((other) => other !== protocol)) {
        const options = { clean: (fault: Parameters<typeof redact>[0]) => redact(fault, CREDENTIAL) };
        const target = { includeUsage: true, now: () => 0, id: () => "id" };
        const work = new Converting(protocol, to, target, options);
        const passed = Buffer.from(atOnce(work.push(Buffer.from(before + shape(KEY)))) ?? []).toString();
        expect(passed).toContain("***");
        expect(passed).not.toContain(KEY);
        expect(work.facts.fault?.message).not.toContain(KEY);
      }
    }
  });
});
