import { describe, expect, test } from "bun:test";
import { entryOf, service, shop, shopRoute, translated } from "./translated.ts";

/** What annotations write beside the services, into a route's `http`. */
function http(annotations: Readonly<Record<string, string>>, more = ""): unknown {
  const { routes, findings } = translated(shop(annotations, more));
  expect(findings).toEqual([]);
  const { services: _, ...rest } = (routes["default/shop/example.com/api"]?.["http"] ?? {}) as Record<string, unknown>;
  return rest;
}

function plugins(annotations: Readonly<Record<string, string>>, more = ""): unknown {
  return shopRoute(annotations, more)["plugins"];
}

function findings(annotations: Readonly<Record<string, string>>, more = ""): readonly string[] {
  return translated(shop(annotations, more)).findings.map((finding) => finding.replace("Ingress default/shop ", ""));
}

describe("prefixes", () => {
  test("higress.io wins over ingress-nginx'", () => {
    const both = {
      "nginx.ingress.kubernetes.io/upstream-vhost": "nginx.test",
      "higress.io/upstream-vhost": "higress.test",
    };
    expect(http(both)).toEqual({ rewrite: { host: "higress.test" } });
    expect(http({ "nginx.ingress.kubernetes.io/upstream-vhost": "nginx.test" })).toEqual({
      rewrite: { host: "nginx.test" },
    });
  });

  test("what is not known is told with what is near", () => {
    const unknown = {
      "higress.io/timout": "5",
      "nginx.ingress.kubernetes.io/timeout": "5",
      "nginx.ingress.kubernetes.io/exact-match-header-a": "5",
      "nginx.ingress.kubernetes.io/configuration-snippet": "deny all;",
      "nginx.ingress.kubernetes.io/canary-by-heeder": "x",
      "example.com/timeout": "5",
    };
    expect(findings(unknown)).toEqual([
      "warning higress.io/timout: is not known here and does nothing (did you mean higress.io/timeout?)",
      "warning nginx.ingress.kubernetes.io/timeout: is not known here and does nothing (write higress.io/timeout)",
      "warning nginx.ingress.kubernetes.io/exact-match-header-a: is not known here and does nothing (write higress.io/exact-match-header-a)",
      "warning nginx.ingress.kubernetes.io/configuration-snippet: is not known here and does nothing",
      "warning nginx.ingress.kubernetes.io/canary-by-heeder: is not known here and does nothing (did you mean nginx.ingress.kubernetes.io/canary-by-header?)",
    ]);
  });

  test("empty values, flags and numbers that are none are told", () => {
    expect(findings({ timeout: "soon", "enable-cors": "yes", "app-root": " " })).toEqual([
      "error higress.io/app-root: is empty",
      "error higress.io/timeout: must be a whole number between 0 and 2000000",
      "error higress.io/enable-cors: must be true or false",
    ]);
  });
});

describe("timeout and retry", () => {
  test.each([
    [{ timeout: "5" }, { timeout: "5s" }],
    [{ timeout: "0" }, {}],
    [{ "proxy-next-upstream-tries": "2" }, { retry: { attempts: 2, on: ["5xx"] } }],
    [{ "proxy-next-upstream-timeout": "3" }, { retry: { attempts: 3, on: ["5xx"], perTryTimeout: "3s" } }],
    [{ "proxy-next-upstream": "error timeout invalid_header" }, { retry: { attempts: 3, on: ["5xx"] } }],
    [{ "proxy-next-upstream": "http_404, http_429" }, { retry: { attempts: 3, on: [404, 429] } }],
    [
      { "proxy-next-upstream": "error,http_502,non_idempotent" },
      { retry: { attempts: 3, on: ["5xx", 502], nonIdempotent: true } },
    ],
    [{ "proxy-next-upstream": "non_idempotent" }, { retry: { attempts: 3, on: ["5xx"], nonIdempotent: true } }],
    [{ "proxy-next-upstream": "off" }, { retry: { attempts: 0 } }],
  ])("%j", (annotations, written) => {
    expect(http(annotations)).toEqual(written);
  });

  test("words that are not known are told, the others count", () => {
    const annotations = { "proxy-next-upstream": "updating http_403" };
    expect(shopRoute(annotations)["http"]).toMatchObject({ retry: { on: [403] } });
    expect(findings(annotations)).toEqual(["error higress.io/proxy-next-upstream: updating is not known here"]);
  });
});

describe("headers", () => {
  test("are changed as lines say", () => {
    const annotations = {
      "request-header-control-add": "x-stage test\n  x-two   a b  \n\n",
      "request-header-control-update": "x-user me",
      "request-header-control-remove": "cookie, x-old",
      "response-header-control-add": "x-a 1",
      "response-header-control-update": "server sluice",
      "response-header-control-remove": "x-powered-by",
    };
    expect(http(annotations)).toEqual({
      requestHeaders: {
        set: { "x-user": "me" },
        add: { "x-stage": "test", "x-two": "a b" },
        remove: ["cookie", "x-old"],
      },
      responseHeaders: { set: { server: "sluice" }, add: { "x-a": "1" }, remove: ["x-powered-by"] },
    });
  });

  test("lines without a value, and names that are none, are told", () => {
    const annotations = { "request-header-control-add": "alone\nx-a 1", "response-header-control-remove": "b d" };
    expect(shopRoute(annotations)["http"]).toMatchObject({ requestHeaders: { add: { "x-a": "1" } } });
    expect(findings(annotations).map((one) => one.split(":")[0])).toEqual([
      "error higress.io/request-header-control-add",
      "error higress.io/response-header-control-remove",
    ]);
  });
});

describe("conditions", () => {
  test("on methods, headers, parameters and pseudo headers", () => {
    const annotations = {
      "match-method": "get post GET",
      "exact-match-header-x-stage": "test",
      "regex-match-header-user-agent": ".*Chrome.*",
      "prefix-match-query-id": "a",
      "exact-match-pseudo-header-authority": "example.com",
    };
    expect(shopRoute(annotations)["match"]).toEqual({
      hosts: ["example.com"],
      path: { prefix: "/api" },
      methods: ["GET", "POST"],
      headers: [
        { name: "x-stage", exact: "test" },
        { name: ":authority", exact: "example.com" },
        { name: "user-agent", regex: ".*Chrome.*" },
      ],
      query: [{ name: "id", prefix: "a" }],
      listeners: ["http", "https"],
    });
  });

  test.each([
    [{ "regex-match-header-a": "(" }, "error higress.io/regex-match-header-a: is not a regular expression"],
    [
      { "exact-match-pseudo-header-status": "1" },
      "error higress.io/exact-match-pseudo-header-status: :status is no pseudo header",
    ],
    [{ "match-method": "FETCH" }, "error higress.io/match-method: FETCH is not an HTTP method"],
    [
      { "whitelist-source-range": "here" },
      "error higress.io/whitelist-source-range: here is neither an address nor a block of them",
    ],
  ])("that are broken close the Ingress' routes: %j", (annotations, told) => {
    const { routes, findings: found } = translated(shop(annotations));
    expect(routes).toEqual({});
    expect(found[0]).toStartWith(`Ingress default/shop ${told}`);
  });
});

describe("who may ask", () => {
  test("source ranges are ip-restriction's", () => {
    expect(plugins({ "whitelist-source-range": "10.0.0.0/8, 2001:db8::/32,192.168.1.1" })).toEqual([
      { name: "ip-restriction", config: { allow: ["10.0.0.0/8", "2001:db8::/32", "192.168.1.1"] } },
    ]);
    expect(plugins({ "whitelist-source-range": "*" })).toBeUndefined();
    expect(plugins({ "whitelist-source-range": "10.0.0.1,elsewhere" })).toEqual([
      { name: "ip-restriction", config: { allow: ["10.0.0.1"] } },
    ]);
  });

  test.each([
    [{ "route-limit-rps": "10" }, { requests_per_second: 10 }],
    [{ "route-limit-rpm": "60", "route-limit-rps": "10" }, { requests_per_minute: 60 }],
    [
      { "route-limit-rps": "1", "route-limit-burst-multiplier": "1" },
      { requests_per_second: 1, burst_multiplier: 1 },
    ],
  ])("rates are local-rate-limit's: %j", (annotations, config) => {
    expect(plugins(annotations)).toEqual([{ name: "local-rate-limit", config }]);
  });

  test("passwords are not asked for, and the owner is told", () => {
    expect(findings({ "auth-type": "basic", "auth-secret": "users" })).toEqual([
      "warning higress.io/auth-type: does nothing: nobody is asked for a password (use a WasmPlugin basic-auth)",
      "warning higress.io/auth-secret: does nothing: nobody is asked for a password (use a WasmPlugin basic-auth)",
    ]);
  });
});

describe("cors", () => {
  const config = (annotations: Record<string, string>): unknown =>
    (plugins({ "enable-cors": "true", ...annotations }) as [{ config: unknown }])[0].config;

  test("has ingress-nginx' defaults", () => {
    expect(plugins({ "enable-cors": "false", "cors-allow-origin": "https://a.test" })).toBeUndefined();
    expect(config({})).toEqual({
      allow_origin_patterns: ["*"],
      allow_methods: ["GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS"],
      allow_headers: [
        "DNT",
        "X-CustomHeader",
        "Keep-Alive",
        "User-Agent",
        "X-Requested-With",
        "If-Modified-Since",
        "Cache-Control",
        "Content-Type",
        "Authorization",
      ],
      expose_headers: [],
      allow_credentials: true,
      max_age: 1_728_000,
      reject_others: false,
    });
  });

  test("is set by its annotations", () => {
    const annotations = {
      "cors-allow-origin": "https://a.test, https://*.b.test:8443",
      "cors-allow-methods": "GET, POST",
      "cors-allow-headers": "*, x-a",
      "cors-expose-headers": "x-b",
      "cors-allow-credentials": "false",
      "cors-max-age": "600",
    };
    expect(config(annotations)).toMatchObject({
      allow_origins: ["https://a.test"],
      allow_origin_patterns: ["https://*.b.test:8443"],
      allow_methods: ["GET", "POST"],
      allow_headers: ["*"],
      expose_headers: ["x-b"],
      allow_credentials: false,
      max_age: 600,
    });
  });

  test("origins without a scheme are told", () => {
    const annotations = { "enable-cors": "true", "cors-allow-origin": "*.a.test,https://b.test" };
    expect(plugins(annotations)).toMatchObject([
      { config: { allow_origins: ["https://b.test"], allow_origin_patterns: [] } },
    ]);
    expect(findings(annotations)[0]).toStartWith("error higress.io/cors-allow-origin: *.a.test is not an origin");
  });
});

describe("copies", () => {
  const TEST = service("test", "10.0.0.9:8080");

  test("go to a Service, some or all", () => {
    expect(http({ "mirror-target-service": "test" }, TEST)).toEqual({ mirror: [{ service: entryOf("test") }] });
    expect(http({ "mirror-target-service": "default/test:80", "mirror-percentage": "20" }, TEST)).toEqual({
      mirror: [{ service: entryOf("test"), percent: 20 }],
    });
    expect(translated(shop({ "mirror-target-service": "test" }, TEST)).services[entryOf("test")]).toEqual({
      name: entryOf("test"),
      endpoints: ["10.0.0.9:8080"],
    });
  });

  test("go to a name in DNS, of Kubernetes or of a registry, which wins", () => {
    const mirror = (name: string): unknown => ({ mirror: [{ service: name }] });
    const both = { "mirror-target-fqdn": "copy.example.com", "mirror-target-service": "nobody" };
    expect(http(both)).toEqual(mirror("copy.example.com:80"));
    expect(http({ "mirror-target-fqdn": "copy.example.com", "mirror-target-fqdn-port": "8080" })).toEqual(
      mirror("copy.example.com:8080"),
    );
    expect(http({ "mirror-target-fqdn": "test.default.svc.cluster.local" }, TEST)).toEqual(mirror(entryOf("test")));
    expect(http({ "mirror-target-fqdn": "copy.dns" })).toEqual(mirror("copy.dns"));
  });

  test("to what is not there are not sent", () => {
    const annotations = { "mirror-target-service": "nobody" };
    expect(shopRoute(annotations)["http"]).not.toHaveProperty("mirror");
    expect(findings(annotations)).toEqual([
      "error higress.io/mirror-target-service: there is no Service default/nobody",
    ]);
    expect(findings({ "mirror-target-service": "a b" })[0]).toStartWith(
      "error higress.io/mirror-target-service: is not a Service",
    );
  });
});

describe("a default backend", () => {
  const ERRORS = service("errors", "10.0.0.8:8080");

  test("stands in for services without endpoints, and for answers", () => {
    expect(http({ "default-backend": "errors" }, ERRORS)).toEqual({ fallback: { service: entryOf("errors") } });
    expect(http({ "default-backend": "default/errors", "custom-http-errors": "404,503" }, ERRORS)).toEqual({
      fallback: { service: entryOf("errors"), on: [404, 503] },
    });
  });

  test("that is not there, or statuses that are none, are told", () => {
    expect(findings({ "default-backend": "nobody" })).toEqual([
      "error higress.io/default-backend: there is no Service default/nobody",
    ]);
    expect(findings({ "custom-http-errors": "404" })).toEqual([
      "warning higress.io/custom-http-errors: does nothing without default-backend",
    ]);
    expect(findings({ "default-backend": "errors", "custom-http-errors": "404,x" }, ERRORS)).toEqual([
      "error higress.io/custom-http-errors: x is not a status",
    ]);
  });
});

describe("rpc", () => {
  const RPC = `
apiVersion: networking.higress.io/v1
kind: Http2Rpc
metadata: { name: hello, namespace: higress-system }
spec: { dubbo: { service: com.example.Hello, version: 1.0.0, methods: [{ serviceMethod: hi, httpPath: /hi, httpMethods: [GET] }] } }
`;

  test("is the transcoder's, as the Http2Rpc says", () => {
    expect(plugins({ "rpc-destination-name": "hello" }, RPC)).toEqual([
      {
        name: "http-dubbo-transcoder",
        timeout: "61s",
        config: {
          timeout: "60s",
          service: "com.example.Hello",
          version: "1.0.0",
          methods: [{ serviceMethod: "hi", httpPath: "/hi", httpMethods: ["GET"] }],
        },
      },
    ]);
  });

  test("waits as long as the Ingress does, and speaks Triple to HTTP/2", () => {
    const said = { "rpc-destination-name": "hello", timeout: "5", "backend-protocol": "grpc" };
    expect(plugins(said, RPC)).toMatchObject([{ timeout: "6s", config: { timeout: "5s", protocol: "triple" } }]);
    expect(findings({ ...said, timeout: "soon" }, RPC)).toHaveLength(1);
  });

  test("needs an Http2Rpc that says something of dubbo", () => {
    expect(findings({ "rpc-destination-name": "hallo" }, RPC)).toEqual([
      "error higress.io/rpc-destination-name: there is no Http2Rpc higress-system/hallo",
    ]);
    const grpc = RPC.replace(/spec: .*/, "spec: { grpc: {} }");
    expect(findings({ "rpc-destination-name": "hello" }, grpc)).toEqual([
      "error higress.io/rpc-destination-name: the Http2Rpc hello says nothing of dubbo (grpc is not known here)",
    ]);
  });
});
