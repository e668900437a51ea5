import { describe, expect, test } from "bun:test";
import { errorsOf, load } from "./load.ts";

/** A file with one AI provider, so that each case holds only what it is about. */
const PROVIDERS = "providers: [{ type: openai, apiTokens: [k] }, { type: echo }]\n";

describe("the text", () => {
  const cases: readonly (readonly [string, string, readonly string[]])[] = [
    [
      "nothing",
      "",
      [
        "1:1  the file is empty; it wants at least providers and routes; without a file, environment variables are used",
      ],
    ],
    ["a list", "- a\n", ["1:1  the file must be a mapping, not a list"]],
    ["a word", "hello", ["1:1  the file must be a mapping, not text"]],
    ["a tab", "listeners:\n\t- port: 1\n", ["2:1  a tab is used as indentation; YAML wants spaces"]],
    [
      "a reference without quotes",
      "x: [${env:A}]",
      ['1:6  a character is missing here; inside [ ] and { } a reference needs quotes, as in "${env:NAME}"'],
    ],
    ["a second document", "{}\n---\n{}", ["2:1  a second document starts here; only one is read; remove the ---"]],
    ["a tag", "store: !env STORE", ["1:8  tags have no meaning here; put a value that begins with ! in quotes"]],
    [
      "an alias without anchor",
      "store: *s",
      ["1:8  store  this alias has no anchor before it; put a value that begins with * in quotes"],
    ],
    ["a zero byte", "a: b\nc\0", ["2:2  is not text: it holds a zero byte"]],
    ["a key twice", "store: memory\nadmin: false\nstore: memory\n", ["3:1  store  stands here twice; remove one"]],
    [
      "an alias in itself",
      "routes: &r [*r]",
      ["1:13  routes[0][0]  an alias stands inside its own value", "1:13  routes[0]  must be a mapping, not a list"],
    ],
    [
      "deep blocks",
      Array.from({ length: 2000 }, (_, i) => `${" ".repeat(i)}a:\n`).join(""),
      ["1001:1  is nested too deeply"],
    ],
  ];
  test.each(cases)("%s", (_, text, errors) => expect(errorsOf(text)).toEqual([...errors]));

  test("deep brackets and anchor bombs end, with an error", () => {
    expect(errorsOf("[".repeat(50_000)).join()).toContain("nested too deeply");
    const levels = Array.from({ length: 9 }, (_, i) => `k${i}: &a${i + 1} [${`*a${i}, `.repeat(9)}]`);
    expect(errorsOf(`a: &a0 [x]\n${levels.join("\n")}`).join()).toContain("aliases repeat more than a million values");
    const merges = Array.from({ length: 9 }, (_, i) => `k${i}: &a${i + 1} { <<: [${`*a${i}, `.repeat(9)}] }`);
    expect(errorsOf(`a: &a0 { x: 1 }\n${merges.join("\n")}`).join()).toContain(
      "aliases repeat more than a million values",
    );
  });

  test("several syntax errors come together", () => {
    const errors = errorsOf('a: "\\q"\nb: "\\w"\n');
    expect(errors.map((error) => error.split(" ")[0])).toEqual(["1:5", "2:5"]);
  });

  test("a JSON text is read, tabs and all", () => {
    expect(errorsOf('{\n\t"listeners": [\n\t\t{ "port": 1, "prot": 2 }\n\t]\n}')).toEqual([
      "3:16  listeners[0].prot  unknown key; did you mean port?",
    ]);
  });
});

describe("a value", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["admn: {}", "1:1  admn  unknown key; did you mean admin?"],
    ["admin: yes", "1:8  admin  must be false, or a mapping"],
    ["admin: { tokn: x }", "1:10  admin.tokn  unknown key; did you mean token?"],
    ["admin:", "1:1  admin  must be false, or a mapping"],
    ["routes:", "1:1  routes  has no value; give it one, or remove the key"],
    ["listeners: []", "1:12  listeners  must not be empty"],
    ["listeners: [{}]", "1:13  listeners[0].port  is required"],
    ["listeners: [{ port: 70000 }]", "1:21  listeners[0].port  must be between 0 and 65535"],
    ["listeners: [{ port: x }]", "1:21  listeners[0].port  must be a whole number, not text"],
    [
      "listeners: { port: 1 }",
      "1:12  listeners  must be a list, not a mapping; a list is [a, b], or one line beginning with - for each",
    ],
    ["listeners: [{ port: 1, tls: {} }]", "1:29  listeners[0].tls  needs certificates, auto, or both"],
    [
      "xds: { host: 0.0.0.0 }",
      "1:14  xds.host  is open to other machines, and anybody there would get certificates and their keys; add a token or tls.clientCa, or listen on 127.0.0.1",
    ],
    [
      "xds: { tier: { endpoints: [sluice] } }",
      "1:28  xds.tier.endpoints[0]  must be host:port; as in 10.0.0.1:8080 or [::1]:8080",
    ],
    ["xds: { port: 8081 }", "1:14  xds.port  port 8081 is that of admin already"],
    [
      "listeners: [{ port: 1, tls: { auto: ['*.a.example'] } }]",
      "1:38  listeners[0].tls.auto[0]  is a wildcard, which authorities check by dns-01 alone; acme: { challenges: [dns-01], dns: { … } }",
    ],
    [
      "acme: { challenges: [dns-01] }",
      "1:22  acme.challenges[0]  needs acme.dns; as in dns: { command: [./set-txt-record] }",
    ],
    ["acme: { email: ops }", "1:16  acme.email  is not an e-mail address"],
    [
      "acme: { renewBefore: 30 }",
      "1:22  acme.renewBefore  must be a share between 0 and 1; as in 0.33: a third of the lifetime",
    ],
    ["acme: { dns: {} }", "1:14  acme.dns  needs exactly one of command, webhook"],
    ["listeners: [{ port: 1, tls: { auto: [a_b.example] } }]", "1:38  listeners[0].tls.auto[0]  is not a host name"],
    [
      "listeners: [{ port: 1, tls: { certificates: [{ cert: '-----BEGIN a', key: '-----BEGIN b', clientAuth: optional }] } }]",
      "1:103  listeners[0].tls.certificates[0].clientAuth  needs clientCa",
    ],
    [
      "listeners: [{ port: 1, tls: { certificates: [{ cert: '-----BEGIN a', key: '-----BEGIN b', minVersion: TLSv1.3, maxVersion: TLSv1.2 }] } }]",
      "1:103  listeners[0].tls.certificates[0].minVersion  leaves no version: minVersion is above maxVersion",
    ],
    [
      "listeners: [{ port: 1, tls: { certificates: [{ cert: '-----BEGIN a', key: '-----BEGIN b', minVersion: TLSv1.5 }] } }]",
      "1:103  listeners[0].tls.certificates[0].minVersion  must be one of TLSv1.0, TLSv1.1, TLSv1.2, TLSv1.3; did you mean TLSv1.0?",
    ],
    ["listeners: [{ port: 1 }, { port: 1 }]", "1:34  listeners[1].port  port 1 is that of listeners[0] already"],
    [
      "listeners: [{ name: a, port: 1 }, { port: 2, name: a }]",
      '1:52  listeners[1].name  listeners[0] has the name "a" already',
    ],
    [
      "listeners: [{ name: http-2, port: 1 }, { port: 2 }]",
      '1:40  listeners[1]  listeners[0] has the name "http-2" already',
    ],
    [
      "routes: [{ name: r, match: { listeners: [http-8081] }, response: {} }]",
      '1:42  routes[0].match.listeners[0]  there is no listener "http-8081"; did you mean http-8080?',
    ],
    [
      "tcpRoutes: [{ name: t, listeners: [http-8080], services: [{ name: s }] }]",
      "1:12  tcpRoutes  only Envoy runs tcpRoutes, and no xds is configured; remove it, or configure xds",
    ],
    [
      "tcpRoutes: [{ name: t, listeners: [http-8080], services: [{ name: s }] }]",
      '1:67  tcpRoutes[0].services[0].name  there is no service "s"; there are no services',
    ],
    [
      "routes: [{ name: r, http: { services: [{ name: s }], mirror: [{ service: t }], fallback: { service: u } } }]\nservices: [{ name: s, endpoints: [h] }]",
      '1:74  routes[0].http.mirror[0].service  there is no service "t"; did you mean s?',
    ],
    [
      "routes: [{ name: r, http: { services: [{ name: s }], mirror: [{ service: t }], fallback: { service: u } } }]\nservices: [{ name: s, endpoints: [h] }]",
      '1:101  routes[0].http.fallback.service  there is no service "u"; did you mean s?',
    ],
    ["listeners: [{ port: 8081 }]", "1:21  listeners[0].port  port 8081 is that of admin already"],
    ["admin: { port: 8080 }", "1:16  admin.port  port 8080 is that of the default listener already"],
    [
      "store: postgres://x",
      "1:8  store  this store is not run by this version; memory, or redis://host:6379/0 (rediss:// with TLS)",
    ],
    ["consumers: [{ name: a, credentials: [] }]", "1:37  consumers[0].credentials  must not be empty"],
    [
      "consumers: [{ name: a, credentials: [12345678] }]",
      "1:38  consumers[0].credentials[0]  must be text, not a number; put it in quotes",
    ],
    [
      "consumers: [{ name: a, credentials: ['sha256:12'] }]",
      "1:38  consumers[0].credentials[0]  sha256: must be followed by 64 hexadecimal digits",
    ],
    [
      "consumers: [{ name: a, credentials: [k1, k1] }]",
      "1:42  consumers[0].credentials[1]  is the same key as consumers[0].credentials[0]; a key belongs to one consumer",
    ],
    [
      "consumers: [{ name: a, credentials: [x] }, { name: a, credentials: [y] }]",
      '1:52  consumers[1].name  consumers[0] has the name "a" already',
    ],
    ["providers: [{}]", "1:13  providers[0].type  is required; one of openai, claude, local, echo"],
    ["providers: [{ type: opnai }]", "1:21  providers[0].type  unknown provider type; did you mean openai?"],
    [
      "providers: [{ type: azure }]",
      "1:21  providers[0].type  known Higress provider type, not supported by this version; known: openai, claude, local, echo",
    ],
    [
      "providers: [{ type: openai }]",
      '1:13  providers[0]  type openai needs at least one of apiTokens; as in apiTokens: ["${env:NAME}"]',
    ],
    [
      "providers: [{ type: openai, apiTokens: [] }]",
      '1:40  providers[0].apiTokens  type openai needs at least one of apiTokens; as in apiTokens: ["${env:NAME}"]',
    ],
    [
      "providers: [{ type: openai, apiToken: [k] }]",
      "1:29  providers[0].apiToken  unknown key; did you mean apiTokens?",
    ],
    [
      "providers: [{ type: echo, subPath: /a }]",
      "1:27  providers[0].subPath  known Higress field, not supported by this version; use basePath",
    ],
    [
      "providers: [{ type: echo, baseUrl: localhost:1 }]",
      "1:36  providers[0].baseUrl  is not an http or https URL; as in https://api.example.com/v1",
    ],
    [
      "providers: [{ type: echo, modelMapping: { '~(': x } }]",
      '1:43  providers[0].modelMapping["~("]  the pattern is not a regular expression; missing )',
    ],
    [
      "providers: [{ type: echo, id: a/b }]",
      "1:31  providers[0].id  must be up to 100 letters, digits and . _ : @ -; a slash would not work in provider/model",
    ],
    [
      "providers: [{ type: echo }, { type: echo, id: e }]",
      "1:13  providers[0]  needs an id; several providers have this type",
    ],
    [
      "providers: [{ type: echo, id: e }, { type: local, id: e }]",
      '1:55  providers[1].id  providers[0] has the id "e" already',
    ],
    ["providers: [{ type: local, slots: 0 }]", "1:35  providers[0].slots  must be at least 1"],
    [
      "providers: [{ type: local, timeouts: { idle: 5x } }]",
      "1:46  providers[0].timeouts.idle  must be a duration of at most 24 days; as in 500ms, 30s, 2m, 1h30m, or a number of milliseconds",
    ],
    [
      "services: [{ name: s, endpoints: ['http://x'] }]",
      "1:35  services[0].endpoints[0]  must be host:port without a scheme; the service's protocol says http or https",
    ],
    [
      "services: [{ name: s, endpoints: ['x:99999'] }]",
      "1:35  services[0].endpoints[0]  has a port outside 1 to 65535",
    ],
    ["services: [{ name: s, endpoints: [{ adress: x }] }]", "1:35  services[0].endpoints[0].address  is required"],
    [
      "services: [{ name: s, endpoints: [{ address: x, weight: 0 }] }]",
      "1:34  services[0].endpoints  all weights are 0, so that nobody is asked",
    ],
    [
      "services: [{ name: s, endpoints: [x], loadBalance: rr }]",
      "1:52  services[0].loadBalance  must be one of round_robin, random, least_request, hash",
    ],
    [
      "services: [{ name: s, endpoints: [x], loadBalance: hash }]",
      "1:12  services[0]  loadBalance: hash and hash belong together",
    ],
  ];
  test.each(cases)("%s", (text, error) => expect(errorsOf(text)).toContain(error));
});

describe("a route", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["{ name: r }", "2:10  routes[0]  needs exactly one of ai, http, redirect, response"],
    [
      "{ name: r, response: { status: 200 }, redirect: { port: 1 } }",
      "2:10  routes[0]  needs exactly one of ai, http, redirect, response; this one has redirect and response",
    ],
    ["{ name: r, ai: { upstreams: [] } }", "2:38  routes[0].ai.upstreams  must name at least one provider"],
    [
      "{ name: r, ai: { upstreams: [{ provider: opnai }] } }",
      '2:51  routes[0].ai.upstreams[0].provider  there is no provider "opnai"; did you mean openai?',
    ],
    [
      "{ name: r, ai: { upstreams: [{ provider: echo, weight: 0 }] } }",
      "2:38  routes[0].ai.upstreams  all weights are 0, so that nobody is asked",
    ],
    [
      "{ name: r, ai: { upstreams: [{ provider: echo }], otherwise: echo } }",
      "2:71  routes[0].ai.otherwise  is only for pick: owner",
    ],
    [
      "{ name: r, ai: { pick: owner, upstreams: [{ provider: echo }], otherwise: openai } }",
      "2:84  routes[0].ai.otherwise  must be one of the route's upstreams",
    ],
    [
      "{ name: r, ai: { pick: owner, fallback: { upstreams: [{ provider: echo }], responseCodes: [6xx] } } }",
      "2:101  routes[0].ai.fallback.responseCodes[0]  must be a status code as 429, or a class as 5xx",
    ],
    [
      "{ name: r, http: { services: [{ name: s }] } }",
      '2:48  routes[0].http.services[0].name  there is no service "s"; there are no services',
    ],
    [
      "{ name: r, match: { hosts: ['x:80'] }, redirect: { port: 1 } }",
      "2:38  routes[0].match.hosts[0]  is not a host name, *.name or *; leave out scheme, port and path",
    ],
    [
      "{ name: r, match: { path: { regex: '[' } }, redirect: { port: 1 } }",
      "2:45  routes[0].match.path.regex  is not a regular expression; a character class is not closed",
    ],
    [
      "{ name: r, match: { path: { prefix: a } }, redirect: { port: 1 } }",
      "2:46  routes[0].match.path.prefix  must begin with /",
    ],
    [
      "{ name: r, match: { headers: [{ name: x }] }, redirect: { port: 1 } }",
      "2:40  routes[0].match.headers[0]  needs a name and exactly one of exact, prefix, regex, present",
    ],
    [
      "{ name: r, match: { models: [gpt-4] }, redirect: { port: 1 } }",
      "2:38  routes[0].match.models  is only for AI routes: others are not read for a model",
    ],
    [
      "{ name: r, match: { path: { exact: /a } }, redirect: { path: { prefix: /b } } }",
      "2:81  routes[0].redirect.path.prefix  replaces a prefix, but the route matches none; match a prefix, or use full or regex",
    ],
    ["{ name: r, redirect: { port: 1, status: 309 } }", "2:50  routes[0].redirect.status  must be between 300 and 308"],
    [
      "{ name: r, response: { status: 204, body: x } }",
      "2:52  routes[0].response.body  is not allowed with status 204",
    ],
    [
      "{ name: r, response: { status: 200, headers: { 'a b': x } } }",
      '2:57  routes[0].response.headers["a b"]  is not a header name',
    ],
    [
      '{ name: r, response: { status: 200, headers: { a: "x\\ny" } } }',
      "2:60  routes[0].response.headers.a  must not hold a line break",
    ],
    [
      "{ name: r, maxBodySize: 1XB, response: { status: 200 } }",
      "2:34  routes[0].maxBodySize  must be a size; as in 100MiB, 10MB, or a number of bytes",
    ],
  ];
  test.each(cases)("%s", (text, error) => expect(errorsOf(`${PROVIDERS}routes: [${text}]`)).toContain(error));
});

test("all errors come at once, in the order of the text", () => {
  const text = `${PROVIDERS}stor: memory
routes:
  - name: a
    ai: { upstreams: [{ provider: nobody }] }
  - name: a
    http: { services: [{ name: nothing }], timeout: soon }
admin: { token: "\${env:NONE}" }
`;
  const places = errorsOf(text).map((error) => error.split("  ").slice(0, 2).join(" "));
  expect(places).toEqual([
    "2:1 stor",
    "5:35 routes[0].ai.upstreams[0].provider",
    "6:11 routes[1].name",
    "7:32 routes[1].http.services[0].name",
    "7:53 routes[1].http.timeout",
    "8:17 admin.token",
  ]);
});

test("a value that could not be resolved makes no second error", () => {
  expect(errorsOf('listeners: [{ port: "${env:PORT}" }]')).toEqual([
    "1:21  listeners[0].port  environment variable PORT is not set; set it, or write ${env:PORT:-default}",
  ]);
});

test("errors behind an alias and a merge point at what is written", () => {
  const text = "services:\n  - &s { name: a, endpoints: [x], protocl: http }\n  - { <<: *s, name: b }\n";
  expect(errorsOf(text)).toEqual([
    "2:35  services[0].protocl  unknown key; did you mean protocol?",
    "2:35  services[1].protocl  unknown key; did you mean protocol?",
  ]);
});

test("the parts of an error stand for themselves", () => {
  const result = load("admn: 1");
  expect(result.ok ? [] : result.errors).toEqual([
    {
      file: "conf/gateway.yaml",
      line: 1,
      column: 1,
      path: "admn",
      message: "unknown key",
      hint: "did you mean admin?",
    },
  ]);
});
