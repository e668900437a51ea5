import { describe, expect, test } from "bun:test";
import { assert, array, integer, property } from "fast-check";
import { compileRegex } from "#src/core/regex.ts";
import { entryOf, service, shop, translated } from "./translated.ts";

/** A canary of `shop` with services of its own name. */
function canary(name: string, annotations: Readonly<Record<string, string>>, path = "/api"): string {
  const ingress = shop({ canary: "true", ...annotations }, "", path).split("\n---\n")[0] ?? "";
  const renamed = ingress.replaceAll('"name":"shop"', `"name":"${name}"`).replace("2026-01-01", "2026-03-01");
  return `${renamed}\n---\n${service(name, "10.0.1.1:8080")}`;
}

const MAIN = shop({ timeout: "5", "request-header-control-add": "x-main 1", "enable-cors": "true" });

const join = (...texts: readonly string[]): ReturnType<typeof translated> => translated(texts.join("\n---\n"));

describe("by header", () => {
  test("are routes with the main one's settings and their own services and headers", () => {
    const by = { "canary-by-header": "x-canary", "response-header-control-add": "x-version next", timeout: "9" };
    const { routes, findings } = join(MAIN, canary("next", by));
    expect(findings).toEqual([]);
    const main = routes["default/shop/example.com/api"];
    expect(main).toMatchObject({ http: { services: [{ name: entryOf("shop") }] } });
    expect(routes["default/next/example.com/api"]).toEqual({
      name: "default/next/example.com/api",
      match: {
        hosts: ["example.com"],
        path: { prefix: "/api" },
        listeners: ["http", "https"],
        headers: [{ name: "x-canary", exact: "always" }],
      },
      http: {
        services: [{ name: entryOf("next") }],
        timeout: "5s",
        responseHeaders: { add: { "x-version": "next" } },
      },
      plugins: main?.["plugins"],
      origin: "Ingress default/next",
    });
  });

  const condition = (annotations: Record<string, string>): { name: string; exact?: string; regex?: string } => {
    const { routes } = join(MAIN, canary("next", annotations));
    const match = routes["default/next/example.com/api"]?.["match"] as { headers: [{ name: string; regex?: string }] };
    return match.headers[0];
  };

  test("are found by value, pattern or cookie, the stronger first", () => {
    const header = { "canary-by-header": "x-user" };
    expect(condition({ ...header, "canary-by-header-value": "a.b" })).toEqual({
      name: "x-user",
      regex: "always|a\\.b",
    });
    expect(condition({ ...header, "canary-by-header-pattern": "a.*" })).toEqual({ name: "x-user", regex: "a.*" });
    expect(condition({ ...header, "canary-by-header-value": "v", "canary-by-header-pattern": "p" }).regex).toBe(
      "always|v",
    );
    const { name, regex = "" } = condition({ "canary-by-cookie": "next.user" });
    expect(name).toBe("cookie");
    const fits = compileRegex(regex, "full");
    const cookies = ["next.user=always", "a=b; next.user=always", "next.user=always; c=d", "a=b;next.user=always;c=d"];
    expect(cookies.filter((cookie) => !fits.test(cookie))).toEqual([]);
    const others = ["next.user=never", "nextXuser=always", "xnext.user=always", "next.user=always2", "next.user"];
    expect(others.filter((cookie) => fits.test(cookie))).toEqual([]);
  });

  test("keep the main Ingress' conditions and redirects to TLS", () => {
    const main = shop({ "exact-match-header-x-stage": "test", "ssl-redirect": "true" });
    const by = { "canary-by-header": "x-canary", "exact-match-header-x-stage": "test" };
    const { routes, findings } = join(main, canary("next", by));
    expect(findings).toEqual([]);
    expect(routes["default/next/example.com/api"]?.["match"]).toMatchObject({
      headers: [
        { name: "x-stage", exact: "test" },
        { name: "x-canary", exact: "always" },
      ],
      listeners: ["https"],
    });
  });
});

describe("by weight", () => {
  const shares = (...texts: readonly string[]): unknown => {
    const http = join(...texts).routes["default/shop/example.com/api"]?.["http"];
    return (http as { services: unknown } | undefined)?.services;
  };
  const share = (name: string, weight: number, more: object = {}): object => ({ name: entryOf(name), ...more, weight });

  test("are services of the main route, several too", () => {
    expect(shares(shop(), canary("next", { "canary-weight": "20" }))).toEqual([share("shop", 80), share("next", 20)]);
    expect(
      shares(shop(), canary("next", { "canary-weight": "20" }), canary("other", { "canary-weight": "30" })),
    ).toEqual([share("shop", 50), share("next", 20), share("other", 30)]);
    expect(shares(shop(), canary("next", { "canary-weight": "1", "canary-weight-total": "1000" }))).toEqual([
      share("shop", 999),
      share("next", 1),
    ]);
    expect(shares(shop(), canary("next", { "canary-weight": "100" }))).toEqual([share("next", 100)]);
    expect(shares(shop(), canary("next", { "canary-weight": "0" }))).toEqual([{ name: entryOf("shop") }]);
  });

  test("change headers for themselves, as the main one does from then on", () => {
    const { routes } = join(
      MAIN,
      canary("next", { "canary-weight": "10", "request-header-control-update": "x-next 1" }),
    );
    expect(routes["default/shop/example.com/api"]?.["http"]).toEqual({
      services: [
        share("shop", 90, { requestHeaders: { add: { "x-main": "1" } } }),
        share("next", 10, { requestHeaders: { set: { "x-next": "1" } } }),
      ],
      timeout: "5s",
    });
  });

  test("that take more than there is leave the main one nothing, and say so", () => {
    const texts = [shop(), canary("next", { "canary-weight": "70" }), canary("other", { "canary-weight": "70" })];
    expect(shares(...texts)).toEqual([share("next", 70), share("other", 70)]);
    expect(join(...texts).findings).toEqual([
      "Ingress default/shop warning metadata.annotations: the canaries of default/shop/example.com/api take 140 of 100: the main services get none",
    ]);
  });

  test("leave destinations their shares of the rest", () => {
    const main = shop({ destination: "1% a.static\n2% b.static" }).replace(
      '{"service":{"name":"shop","port":{"number":80}}}',
      '{"resource":{"apiGroup":"networking.higress.io","kind":"McpBridge","name":"default"}}',
    );
    const list = shares(main, canary("next", { "canary-weight": "10" })) as { weight: number }[];
    const sum = list.reduce((all, { weight }) => all + weight, 0);
    expect(list.map(({ weight }) => Math.round((weight / sum) * 1000))).toEqual([300, 600, 100]);
  });

  test("add up to the whole, whatever the weights are", () => {
    assert(
      property(array(integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 3 }), (weights) => {
        const texts = weights.map((weight, index) => canary(`next${index}`, { "canary-weight": String(weight) }));
        const list = shares(shop(), ...texts) as { weight: number }[];
        expect(list.reduce((all, { weight }) => all + weight, 0)).toBe(100);
        expect(list.slice(1).map(({ weight }) => weight)).toEqual(weights);
      }),
      { numRuns: 10 },
    );
  });

  test("stand beside those by header", () => {
    const { routes } = join(shop(), canary("a", { "canary-by-header": "x-a" }), canary("b", { "canary-weight": "10" }));
    expect(routes["default/a/example.com/api"]?.["http"]).toEqual({ services: [{ name: entryOf("a") }] });
    expect(routes["default/shop/example.com/api"]?.["http"]).toMatchObject({
      services: [share("shop", 90), share("b", 10)],
    });
  });
});

describe("what does nothing is told", () => {
  const told = (annotations: Record<string, string>): readonly string[] =>
    join(shop(), canary("next", annotations)).findings.map((one) => one.replace("Ingress default/next ", ""));

  test.each([
    [
      {},
      [
        "error higress.io/canary: says nothing of which requests (add canary-by-header, canary-by-cookie or canary-weight)",
      ],
    ],
    [
      { "canary-by-header-value": "x" },
      ["error higress.io/canary-by-header-value: needs canary-by-header, the header's name"],
    ],
    [{ "canary-by-header": "a b" }, ["error higress.io/canary-by-header: is not a header's name"]],
    [
      { "canary-by-header": "x-a", "canary-weight": "10" },
      ["warning higress.io/canary-weight: does nothing beside canary-by-header"],
    ],
    [
      { "canary-by-cookie": "a", "canary-weight": "10" },
      ["warning higress.io/canary-weight: does nothing beside canary-by-cookie"],
    ],
    [{ "canary-weight": "101" }, ["error higress.io/canary-weight: must be a whole number between 0 and 100"]],
  ])("%j", (annotations, expected) => {
    expect(told(annotations)).toEqual(expected);
  });

  test("a canary that is none", () => {
    const { findings } = translated(shop({ canary: "yes" }));
    expect(findings).toEqual(["Ingress default/shop error higress.io/canary: must be true or false"]);
  });

  test("a canary without a main Ingress", () => {
    const { routes, findings } = join(shop(), canary("next", { "canary-weight": "10" }, "/other"));
    expect(Object.keys(routes)).toEqual(["default/shop/example.com/api"]);
    expect(findings).toEqual([
      "Ingress default/next warning higress.io/canary: default/next/example.com/other has no main Ingress with the same host, path and conditions, and does nothing",
    ]);
  });
});
