import { describe, expect, test } from "bun:test";
import { assert, constantFrom, property, stringMatching } from "fast-check";
import { formatError, formatPath } from "#config/report.ts";
import { load } from "./load.ts";

const SECRET = "sk-do-not-show-0123456789";

/** Everything an error says. */
function reported(text: string, env: Readonly<Record<string, string>> = {}): string {
  const result = load(text, { env });
  if (result.ok) throw new Error("expected errors");
  return result.errors.map(formatError).join() + JSON.stringify(result.errors);
}

/** Files that are wrong at the secret `S`, or next to it. */
const WRONG = [
  "providers: [{ type: openai, apiTokens: S }]",
  "providers: [{ type: openai, apiTokens: { S: 1 } }]",
  "providers: [{ type: openai, apiTokens: [[S]] }]",
  "providers: [{ type: openai, apiTokens: [{ S: 1, S: 1 }] }]",
  "providers: [{ type: openai, apiToken: S }]",
  "providers: [{ type: S }]",
  "providers: [{ type: openai, apiTokens: [k], baseUrl: 'https://user:S@host' }]",
  "providers: [{ type: openai, apiTokens: [k], baseUrl: 'S' }]",
  "providers: [{ type: openai, apiTokens: [k], protocol: S }]",
  "consumers: [{ name: a, credentials: [S, S] }]",
  "consumers: [{ name: a, credentials: S }]",
  "admin: { token: { a: S } }",
  "sessions: { keys: [S, S, short] }",
  "sessions: { keys: [[S]] }",
  "admin: { token: S, x: 1 }",
  "store: 'redis://:S@ho st'",
  "store: 'mysql://:S@host'",
  'admin: { token: "${env:S" }',
  'admin: { token: "${S}" }',
  'admin: { token: "${env:A:-S" }',
  "admin: { token: !S x }",
  "admin: { token: *S }",
  'admin: { token: "S }',
  "admin: { token: [S }",
  "routes: [{ name: r, http: { services: [{ name: s }], requestHeaders: { set: { authorization: ['S'] } } } }]",
  'listeners: [{ port: 1, tls: { certificates: [{ cert: a, key: "S\\nS" }] } }]',
];

describe("a secret in the file is not in the errors", () => {
  test.each(WRONG)("%s", (text) => expect(reported(text.replaceAll("S", SECRET))).not.toContain(SECRET));

  test("whatever it is made of", () => {
    assert(
      property(constantFrom(...WRONG), stringMatching(/^[A-Za-z0-9-]{16,30}$/), (text, secret) => {
        const result = load(text.replaceAll("S", secret));
        if (!result.ok) expect(result.errors.map(formatError).join()).not.toContain(secret);
      }),
    );
  });
});

describe("what a reference stands for is not in the errors", () => {
  const places = [
    "store: '${env:V}'",
    "listeners: [{ port: '${env:V}' }]",
    "providers: [{ type: '${env:V}' }]",
    "providers: [{ type: echo, id: '${env:V}' }, { type: local, id: '${env:V}' }]",
    "providers: [{ type: echo, baseUrl: 'x${env:V}' }]",
    "routes: [{ name: '${env:V}' }, { name: '${env:V}' }]",
    "routes: [{ name: r, ai: { upstreams: [{ provider: '${env:V}' }] } }]",
    "routes: [{ name: r, http: { services: [{ name: '${env:V}' }] } }]",
    "routes: [{ name: r, match: { path: { regex: '(${env:V}' } } }]",
    "listeners: [{ port: 1, tls: { certificates: [{ cert: '${env:V}', key: '${env:V}' }] } }]",
  ];
  test.each(places)("%s", (text) => {
    expect(reported(text, { V: SECRET })).not.toContain(SECRET);
    // A short one cannot be masked everywhere; it must not have been put in.
    expect(reported(text, { V: "¤7" })).not.toContain("¤7");
  });
});

test("keys below a secret one are masked in paths", () => {
  expect(formatPath(["consumers", 0, "credentials", 1, SECRET])).toBe('consumers[0].credentials[1]["***"]');
  expect(formatPath(["routes", 0, "a b"])).toBe('routes[0]["a b"]');
});
