import { describe, expect, test } from "bun:test";
import { assert, property, string } from "fast-check";
import { matchPath } from "#src/core/mcp/path.ts";

describe("a path with names in it", () => {
  test.each([
    ["/mcp/shop/{uid}/config", "/mcp/shop/anna/config", { uid: "anna" }],
    ["/mcp/shop/{uid}", "/mcp/shop/a%2Fb%20c", { uid: "a/b c" }],
    ["/{server}/{uid}", "/shop/anna", { server: "shop", uid: "anna" }],
    ["/mcp/shop", "/mcp/shop", {}],
    ["/mcp/shop/{uid}", "/mcp/shop/", undefined],
    ["/mcp/shop/{uid}", "/mcp/shop/%E0%A4", undefined],
    ["/mcp/shop/{uid}", "/mcp/shop/anna/config", undefined],
    ["/mcp/shop/{uid}/config", "/mcp/shop/anna/Config", undefined],
  ])("%s against %s", (pattern, path, found) => {
    expect(matchPath(pattern, path)).toEqual(found);
  });

  test("finds every name that is encoded as a segment", () => {
    assert(
      property(string({ unit: "grapheme", minLength: 1 }), (uid) => {
        expect(matchPath("/x/{uid}/config", `/x/${encodeURIComponent(uid)}/config`)).toEqual({ uid });
      }),
    );
  });
});
