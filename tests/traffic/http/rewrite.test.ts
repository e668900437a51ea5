import { describe, expect, test } from "bun:test";
import type { PathRewrite } from "#src/traffic/http/http-options.ts";
import { compileRewrite, compileWayBack, withSearch } from "#src/traffic/http/rewrite.ts";

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

test.each([
  [{ prefix: "/tools", replacement: "/" }, "/messages", "/tools/messages"],
  [{ prefix: "/tools/", replacement: "" }, "/messages", "/tools/messages"],
  [{ prefix: "/tools", replacement: "/" }, "/tools/messages", "/tools/messages"],
  [{ prefix: "/tools", replacement: "/v1/mcp" }, "/v1/mcp/messages", "/tools/messages"],
  [{ prefix: "/tools", replacement: "/v1/mcp" }, "/v1/mcp", "/tools"],
  [{ prefix: "/tools", replacement: "/v1/mcp" }, "/v1/mcps", "/v1/mcps"],
  [{ prefix: "/", replacement: "/v1" }, "/v1/messages", "/messages"],
  [{ prefix: "/a", replacement: "/a/b" }, "/a/b/messages", "/a/messages"],
  [{ prefix: "/a", replacement: "/a" }, "/a/messages", "/a/messages"],
  [{ full: "/fixed" }, "/messages", "/messages"],
  [{ regex: "^/api", substitution: "" }, "/messages", "/messages"],
  [undefined, "/messages", "/messages"],
] as [PathRewrite | undefined, string, string][])("with %j clients know %p as %p", (rewrite, path, expected) => {
  expect(compileWayBack(rewrite)(path)).toBe(expected);
});

test("a query of the rewrite comes before the request's", () => {
  expect(withSearch("/a", "?x=1")).toBe("/a?x=1");
  expect(withSearch("/a?b=2", "?x=1")).toBe("/a?b=2&x=1");
  expect(withSearch("/a?b=2", "")).toBe("/a?b=2");
});
