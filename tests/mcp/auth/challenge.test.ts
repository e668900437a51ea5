import { describe, expect, test } from "bun:test";
import { assert, dictionary, property, stringMatching } from "fast-check";
import { bearerChallenge, bearerIn, readBearerChallenge } from "#mcp/auth/challenge.ts";

describe("WWW-Authenticate", () => {
  test("what is written is read", () => {
    const names = stringMatching(/^[a-z][a-z_]{0,12}$/);
    const values = stringMatching(/^[\x20\x21\x23-\x5b\x5d-\x7e]{1,40}$/);
    assert(
      property(dictionary(names, values), (params) => {
        expect(readBearerChallenge(bearerChallenge(params))).toEqual(new Map(Object.entries(params)));
      }),
    );
  });

  test("a value cannot end its quotes or the line", () => {
    expect(bearerChallenge({ scope: 'a" evil="1\r\nx: y\\' })).toBe('Bearer scope="a evil=1x: y"');
  });

  test.each<[string, Record<string, string> | undefined]>([
    ['Basic realm="x", Bearer error="invalid_token", scope="a b"', { error: "invalid_token", scope: "a b" }],
    ['bearer Scope=a,realm="with \\"quotes\\""', { scope: "a", realm: 'with "quotes"' }],
    ['Bearer realm="x", Basic realm="y"', { realm: "x" }],
    ["Bearer", {}],
    ['Basic realm="bearer"', undefined],
  ])("%s", (header, expected) => {
    const read = readBearerChallenge(header);
    expect(read === undefined ? undefined : Object.fromEntries(read)).toEqual(expected);
  });
});

test.each<[string | null, string | undefined]>([
  ["Bearer abc", "abc"],
  ["bearer  abc ", "abc"],
  ["Basic abc", undefined],
  ["Bearer ", undefined],
  ["Bearerabc", undefined],
  [null, undefined],
])("the token in %s", (header, token) => {
  expect(bearerIn(header)).toBe(token);
});
