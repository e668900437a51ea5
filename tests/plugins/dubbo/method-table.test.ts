import { describe, expect, test } from "bun:test";
import { type FoundMethod, methodTable } from "#plugins/dubbo/method-table.ts";
import { pathTemplate } from "#plugins/dubbo/path-template.ts";

const found = (paths: readonly string[], path: string, method = "GET"): unknown => {
  const methods = paths.map((httpPath) => ({
    serviceMethod: httpPath,
    httpPath,
    httpMethods: ["GET", "PUT"],
    headersAttach: "",
    params: [],
  }));
  const match: FoundMethod | { readonly allowed: readonly string[] } = methodTable(methods)(method, path);
  if ("allowed" in match) return match.allowed;
  return [match.method.serviceMethod, ...match.path.map(({ name, value }) => `${name}=${value}`)];
};

describe("a path", () => {
  test.each([
    ["/a/b", "/a/b", ["/a/b"]],
    ["/a/b", "/a/b/", []],
    ["/a.b", "/acb", []],
    ["/a/{x}", "/a/1%2F2", ["/a/{x}", "x=1/2"]],
    ["/a/{x}", "/a/", []],
    ["/a/{x}", "/a/1/2", []],
    ["/{x}/b/{y}", "/1/b/2", ["/{x}/b/{y}", "x=1", "y=2"]],
    ["/a/*/{y}", "/a/1/2", ["/a/*/{y}", "y=2"]],
    ["/a/**", "/a/1/2/3", ["/a/**"]],
    ["/a/{x=**}", "/a/1/2", ["/a/{x=**}", "x=1/2"]],
    ["/a/{x=b/*}/c", "/a/b/1/c", ["/a/{x=b/*}/c", "x=b/1"]],
    ["/a/{x=b/*}/c", "/a/d/1/c", []],
    ["/a/{x}", "/a/%zz", ["/a/{x}", "x=%zz"]],
  ] as const)("%s takes %s: %p", (template, path, expected) => {
    expect(found([template], path)).toEqual(expected);
  });

  test.each(["a", "/{", "/{}", "/{a}}", "/{a", "/a*", "/*a", "/a/**/b", "/***", "/{a=**}/b", "/x{a}", "/{a}{b}"])(
    "%s cannot be one",
    (template) => {
      expect(() => pathTemplate(template)).toThrow();
    },
  );
});

test("of several the one counts that says more, and sooner", () => {
  const paths = ["/**", "/{a}/b", "/a/{b=**}", "/a/*", "/a/b", "/{a}/{b}"];
  expect(found(paths, "/a/b")).toEqual(["/a/b"]);
  expect(found(paths, "/a/c")).toEqual(["/a/*"]);
  expect(found(paths, "/a/c/d")).toEqual(["/a/{b=**}", "b=c/d"]);
  expect(found(paths, "/x/b")).toEqual(["/{a}/b", "a=x"]);
  expect(found(paths, "/x/y")).toEqual(["/{a}/{b}", "a=x", "b=y"]);
  expect(found(paths, "/x/y/z")).toEqual(["/**"]);
});

test("another HTTP method: which there are", () => {
  expect(found(["/a", "/{b}"], "/a", "POST")).toEqual(["GET", "PUT"]);
  expect(found(["/a"], "/b", "POST")).toEqual([]);
});
