import { expect, test } from "bun:test";
import { assert, property, stringMatching } from "fast-check";
import { cookieSpan, querySpan, respelled } from "#src/traffic/http/sticky/key-span.ts";

function value(text: string, span: { from: number; to: number } | undefined): string | undefined {
  return span && text.slice(span.from, span.to);
}

test.each([
  ["?sid=1", "1"],
  ["/a?b=sid&sid=1&sid=2", "1"],
  ["http://h/a?x&sid=%20a+b#sid=2", "%20a+b"],
  ["?s%69d=1", "1"],
  ["?sid=", ""],
  ["?sid", undefined],
  ["?asid=1", undefined],
  ["?%zz=1&sid=2", "2"],
  ["/sid=1", undefined],
  ["#?sid=1", undefined],
  ["?x=a=b&sid=a=b", "a=b"],
  ["", undefined],
])("the parameter sid of %s is %s", (url, expected) => {
  expect(value(url, querySpan(url, "sid"))).toBe(expected);
});

test.each([
  ["sid=1", "1"],
  ["a=sid; sid=1; sid=2", "1"],
  ["a=1;sid = 1 ;b=2", "1"],
  ["sid=a=b", "a=b"],
  ['sid="q"', '"q"'],
  ["sid=", ""],
  ["asid=1; sid", undefined],
  ["", undefined],
])("the cookie sid of %s is %s", (header, expected) => {
  expect(value(header, cookieSpan(header, "sid"))).toBe(expected);
});

test("only the value changes", () => {
  const part = stringMatching(/^[a-z0-9]{1,8}$/);
  assert(
    property(part, part, part, part, (before, old, young, after) => {
      const url = (key: string): string => `/p?x${before}=1&sid=${key}&y${after}=2`;
      const span = querySpan(url(old), "sid");
      expect(span && respelled(url(old), span, young)).toBe(url(young));
      const cookies = (key: string): string => `x${before}=1; sid=${key}; y${after}=2`;
      const place = cookieSpan(cookies(old), "sid");
      expect(place && respelled(cookies(old), place, young)).toBe(cookies(young));
    }),
  );
});
