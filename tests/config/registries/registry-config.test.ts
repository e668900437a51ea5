import { describe, expect, test } from "bun:test";
import { array, assert, integer, ipV4, ipV6, oneof, property, tuple } from "fast-check";
import { Complaint } from "#src/core/settings/scalars.ts";
import { readHostNames, readStaticAddresses } from "#config/model/registry-addresses.ts";
import { errorsOf } from "../load.ts";

const problemsOf = (text: string): string => errorsOf(text).join("\n").replace(/ {2,}/g, " ");

const STATIC: readonly (readonly [domain: string, message: string])[] = [
  ["orders.internal:80", "must have IP addresses with type static"],
  ["10.0.0.1", "must be ip:port, or several with commas"],
  ["10.0.0.1:80;10.0.0.2:80", "must be ip:port, or several with commas"],
  ["10.0.0.1:80,::1:80", "must be ip:port, or several with commas"],
  ["10.0.0.1:0", "has a port outside 1 to 65535"],
  ["10.0.0.1:65536", "has a port outside 1 to 65535"],
  ["[10.0.0.1]:80", "must have IP addresses with type static"],
  ["10.0.0.256:80", "must have IP addresses with type static"],
  [",", "names no address"],
];

const NAMES: readonly (readonly [domain: string, message: string])[] = [
  ["10.0.0.1", "must have host names with type dns"],
  ["::1", "must have host names with type dns"],
  ["orders:80", "must be a host name, or several with commas"],
  ["http://orders", "must be a host name, or several with commas"],
  ["-orders.test", "must be a host name, or several with commas"],
  [`${"a".repeat(64)}.test`, "must be a host name, or several with commas"],
  [" , ", "names no host"],
];

describe("domain", () => {
  test.each(STATIC)("of type static: %s %s", (domain, message) => {
    expect(readStaticAddresses(domain)).toMatchObject({ message });
  });

  test.each(NAMES)("of type dns: %s %s", (domain, message) => {
    expect(readHostNames(domain)).toMatchObject({ message });
  });

  test.each([["orders"], ["a.b-c.test"], ["_http._tcp.orders.test"], ["a.test."], ["a.test, b.test"]])(
    "of type dns: %s is taken",
    (domain) => {
      expect(readHostNames(domain)).not.toBeInstanceOf(Complaint);
    },
  );

  test("of type static: every list of addresses is read as it was written", () => {
    const address = oneof(
      ipV4(),
      ipV6().map((ip) => `[${ip}]`),
    );
    const list = array(tuple(address, integer({ min: 1, max: 65_535 })), { minLength: 1, maxLength: 5 });
    assert(
      property(list, (pairs) => {
        const written = pairs.map(([host, port]) => `${host}:${port}`).join(",");
        expect(readStaticAddresses(written)).toEqual(pairs.map(([host, port]) => ({ host, port })));
      }),
    );
  });
});

const WRONG: readonly (readonly [registries: string, error: string])[] = [
  [
    "[{ type: static, name: a, domain: 'a.test:80', port: 80 }]",
    "registries[0].domain must have IP addresses with type static",
  ],
  ["[{ type: dns, name: a, domain: 10.0.0.1, port: 80 }]", "registries[0].domain must have host names with type dns"],
  [
    "[{ type: consul, name: a, domain: c, port: 80, protocol: smtp }]",
    "registries[0].protocol must be one of http, https",
  ],
  ["[{ type: dns, name: a, domain: a, port: 80, proxyName: out }]", "registries[0].proxyName there is no proxy"],
  [
    "[{ type: dns, name: a, domain: a, port: 80 }, { type: dns, name: a, domain: b, port: 80 }]",
    "registries[1].name registries[0] has the type dns and the name",
  ],
];

describe("registries", () => {
  test.each(WRONG)("%s: %s", (registries, error) => {
    expect(problemsOf(`registries: ${registries}`)).toContain(error);
  });

  test("one name may be that of registries of two types", () => {
    const entries =
      "[{ type: dns, name: a, domain: a, port: 80 }, { type: static, name: a, domain: '10.0.0.1:80', port: 80 }]";
    expect(problemsOf(`registries: ${entries}`)).toBe("");
  });

  test("routes may name services that a registry is yet to find, and no others", () => {
    const route = (name: string): string =>
      `routes: [{ name: r, match: { path: { prefix: / } }, http: { services: [{ name: "${name}" }] } }]`;
    expect(problemsOf(route("providers:com.shop.Orders:1.0:.zookeeper"))).toBe("");
    expect(problemsOf(route("orders.static"))).toBe("");
    expect(problemsOf(route("orders.other"))).toContain("there is no service");
  });
});
