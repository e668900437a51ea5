import { describe, expect, test } from "bun:test";
import { assert, property, string } from "fast-check";
import { credentialFor, readHigressHttps } from "#config/kubernetes/higress-https.ts";

function read(text: string) {
  const { https, problems } = readHigressHttps(text);
  if (https === undefined || problems.length > 0) throw new Error(JSON.stringify(problems));
  return https;
}

const problemsOf = (text: string): string[] =>
  readHigressHttps(text).problems.map(({ path, message }) => `${path.join(".")} ${message}`.trim());

const WHOLE = `
automaticHttps: true
renewBeforeDays: 45
fallbackForInvalidSecret: true
acmeIssuer:
- name: letsencrypt
  email: ops@example.com
  ak: ""
  sk: ""
credentialConfig:
- domains: [Foo.com]
  tlsIssuer: letsencrypt
  tlsSecret: foo-com-secret
- domains: ["*.bar.com", bar.com]
  tlsSecret: other/bar-secret
  cacertSecret: ca/clients
version: "20240101"
`;

test("the whole of it", () => {
  const https = read(WHOLE);
  expect(https).toEqual({
    automaticHttps: true,
    fallbackForInvalidSecret: true,
    renewBefore: 0.5,
    email: "ops@example.com",
    credentials: [
      { index: 0, domains: ["foo.com"], auto: true, secret: { name: "foo-com-secret" } },
      {
        index: 1,
        domains: ["*.bar.com", "bar.com"],
        auto: false,
        secret: { namespace: "other", name: "bar-secret" },
        caSecret: { namespace: "ca", name: "clients" },
      },
    ],
  });
});

test("what is left out is as in Higress", () => {
  expect(read("")).toEqual({
    automaticHttps: true,
    fallbackForInvalidSecret: false,
    renewBefore: 30 / 90,
    credentials: [],
  });
});

test.each([
  ["foo.com", "foo-com-secret"],
  ["FOO.com", "foo-com-secret"],
  ["bar.com", "bar-secret"],
  ["a.bar.com", "bar-secret"],
  ["a.b.bar.com", "bar-secret"],
  ["*.b.bar.com", "bar-secret"],
  ["*.bar.com", "bar-secret"],
  ["xbar.com", undefined],
  [".bar.com", undefined],
  ["a.foo.com", undefined],
  ["*", undefined],
])("the Secret of %p is %p", (host, name) => {
  expect(credentialFor(read(WHOLE), host)?.secret.name).toBe(name as string);
});

describe("what is wrong", () => {
  test.each([
    ["[]", " is not a YAML mapping"],
    ["a: [", " is not a YAML mapping"],
    ["renewBeforeDays: 90", "renewBeforeDays must be between 1 and 89"],
    ["renewBeforeDays: 0", "renewBeforeDays must be between 1 and 89"],
    ["acmeIssuer: [{ name: aliyunssl, email: a@b.co }]", "acmeIssuer.0.name must be letsencrypt"],
    ["acmeIssuer: [{ name: letsencrypt, email: nobody }]", "acmeIssuer.0.email is not an e-mail address"],
    ["credentialConfig: [{ tlsSecret: a }]", "credentialConfig.0.domains is required"],
    ["credentialConfig: [{ domains: [], tlsSecret: a }]", "credentialConfig.0.domains must not be empty"],
    ["credentialConfig: [{ domains: [a] }]", "credentialConfig.0.tlsSecret is required"],
    [
      "credentialConfig: [{ domains: [a], tlsSecret: a/b/c }]",
      "credentialConfig.0.tlsSecret is not the name of a Secret",
    ],
    [
      "credentialConfig: [{ domains: [a, b], tlsIssuer: letsencrypt, tlsSecret: a }]",
      "credentialConfig.0.domains letsencrypt takes one domain an entry",
    ],
    [
      "credentialConfig: [{ domains: ['*.a'], tlsIssuer: letsencrypt, tlsSecret: a }]",
      "credentialConfig.0.domains letsencrypt takes no wildcard: Higress checks by HTTP-01",
    ],
  ])("%s", (text, problem) => {
    expect(problemsOf(text)).toContain(problem.trim());
  });

  test("costs its own entry, and no other", () => {
    const { https, problems } = readHigressHttps(
      "credentialConfig: [{ domains: [a] }, { domains: [b.com], tlsSecret: b }]",
    );
    expect(problems).toHaveLength(1);
    expect(https?.credentials).toEqual([{ index: 1, domains: ["b.com"], auto: false, secret: { name: "b" } }]);
  });

  test("leaves a setting its default", () => {
    const { https, problems } = readHigressHttps(
      "{ renewBeforeDays: 100, automaticHttps: perhaps, credentialConfig: [{ domains: [b.com], tlsSecret: b }] }",
    );
    expect(problems.map(({ path }) => path)).toEqual([["automaticHttps"], ["renewBeforeDays"]]);
    expect(https).toMatchObject({ automaticHttps: true, renewBefore: 30 / 90, credentials: [{ domains: ["b.com"] }] });
  });

  test("never throws, whatever the text", () => {
    assert(
      property(string(), (text) => {
        const { https, problems } = readHigressHttps(text);
        expect(https !== undefined || problems.length > 0).toBe(true);
      }),
    );
  });
});
