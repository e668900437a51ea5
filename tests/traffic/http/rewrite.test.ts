import { describe, expect, test } from "bun:test";
import type { PathRewrite } from "#src/traffic/http/http-options.ts";
import { compileRewrite, withSearch } from "#src/traffic/http/rewrite.ts";

describe("compileRewrite", () => {
  const orders = (replacement: string): PathRewrite => ({ prefix: "/orders", replacement });

  // The first ones are the Gateway API's own table for ReplacePrefixMatch.
  test.each([
    [{ prefix: "/foo", replacement: "/xyz" }, "/foo/bar", "/xyz/bar"],
    [{ prefix: "/foo", replacement: "/xyz/" }, "/foo/bar", "/xyz/bar"],
    [{ prefix: "/foo/", replacement: "/xyz" }, "/foo/bar", "/xyz/bar"],
    [{ prefix: "/foo/", replacement: "/xyz/" }, "/foo/bar", "/xyz/bar"],
    [{ prefix: "/foo", replacement: "/xyz" }, "/foo", "/xyz"],
    [{ prefix: "/foo", replacement: "/xyz" }, "/foo/", "/xyz/"],
    [{ prefix: "/foo", replacement: "" }, "/foo/bar", "/bar"],
    [{ prefix: "/foo", replacement: "" }, "/foo/", "/"],
    [{ prefix: "/foo", replacement: "" }, "/foo", "/"],
    [{ prefix: "/foo", replacement: "/" }, "/foo", "/"],
    [{ prefix: "/foo", replacement: "/" }, "/foo/bar", "/bar"],
    [{ prefix: "/", replacement: "/v1" }, "/a", "/v1/a"],
    [{ prefix: "/", replacement: "/v1" }, "/", "/v1/"],
    [orders("/x"), "/ordersheet", "/ordersheet"],
    [{ full: "/fixed" }, "/a/b", "/fixed"],
    [{ full: "fixed" }, "/a/b", "/fixed"],
    [{ regex: "^/v(\\d+)/(.*)$", substitution: "/$2/v$1" }, "/v2/a/b", "/a/b/v2"],
    [{ regex: "^/api", substitution: "" }, "/api", "/"],
    [{ regex: "nothing", substitution: "x" }, "/a", "/a"],
    [{ regex: "%20", substitution: "_" }, "/a%20b%20c", "/a_b_c"],
  ] as [PathRewrite, string, string][])("%j makes of %p %p", (rewrite, path, expected) => {
    expect(compileRewrite(rewrite)(path)).toBe(expected);
  });
});

test("a query of the rewrite comes before the request's", () => {
  expect(withSearch("/a", "?x=1")).toBe("/a?x=1");
  expect(withSearch("/a?b=2", "?x=1")).toBe("/a?b=2&x=1");
  expect(withSearch("/a?b=2", "")).toBe("/a?b=2");
});
