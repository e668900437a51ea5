import { describe, expect, test } from "bun:test";
import { array, assert, constantFrom, property, tuple } from "fast-check";
import { ClaimedHosts } from "#config/kubernetes/gateway-api/claimed-hosts.ts";
import { commonHosts, covers } from "#config/kubernetes/gateway-api/hostnames.ts";
import { conflictsOf } from "#config/kubernetes/gateway-api/listener-conflicts.ts";

const labels = array(constantFrom("a", "b", "ab"), { minLength: 1, maxLength: 4 });
const names = labels.map((list) => list.join("."));
const hosts = tuple(constantFrom("", "*."), names).map(([star, name]) => star + name);

/** Whether a name is one of a hostname's, said in another way. */
function stands(hostname: string, name: string): boolean {
  if (hostname === "*") return true;
  const expression = hostname.replaceAll(".", "[.]").replace("*", ".+");
  return new RegExp(`^${expression}$`).test(name);
}

describe("hostnames", () => {
  test("one that covers another has all of its names", () => {
    assert(
      property(hosts, hosts, names, (outer, inner, name) => {
        if (covers(outer, inner) && stands(inner, name)) expect(stands(outer, name)).toBe(true);
      }),
    );
  });

  test("a listener and a route share the names that are both's", () => {
    assert(
      property(hosts, array(hosts, { minLength: 1, maxLength: 3 }), names, (listener, own, name) => {
        const both = stands(listener, name) && own.some((host) => stands(host, name));
        expect(commonHosts(listener, own).some((host) => stands(host, name))).toBe(both);
      }),
    );
  });

  test("a route without any has the listener's", () => {
    assert(property(hosts, (listener) => expect(commonHosts(listener, [])).toEqual([listener])));
  });
});

test("names are taken by the first who asks for one of them", () => {
  assert(
    property(array(hosts, { maxLength: 5 }), hosts, (taken, host) => {
      const claimed = new ClaimedHosts<string>();
      for (const one of taken) claimed.add(one, one);
      const common = taken.filter((one) => covers(one, host) || covers(host, one));
      const owner = claimed.ownerOf(host);
      if (common.length === 0) expect(owner).toBeUndefined();
      else expect(common).toContain(owner ?? "");
    }),
  );
  const claimed = new ClaimedHosts<number>();
  claimed.add("*", 1);
  claimed.add("a.b", 2);
  expect(["x", "a.b", "*.b", "*"].map((host) => claimed.ownerOf(host))).toEqual([1, 2, 2, 1]);
});

test("listeners that are left are distinct, and none that is distinct is left out", () => {
  const listeners = array(
    tuple(constantFrom(80, 443), constantFrom("HTTP", "HTTPS", "TLS", "TCP"), constantFrom("*", "a", "b")),
    { maxLength: 6 },
  ).map((list) =>
    list.map(([port, protocol, hostname], index) => ({
      name: String(index),
      port,
      protocol,
      hostname: protocol === "TCP" ? "*" : hostname,
    })),
  );
  const family = { HTTP: "http", HTTPS: "tls", TLS: "tls", TCP: "tcp" };
  assert(
    property(listeners, (all) => {
      const conflicts = conflictsOf(all);
      for (const one of all) {
        const others = all.filter((other) => other !== one && other.port === one.port);
        const clash = others.some(
          (other) => family[other.protocol] !== family[one.protocol] || other.hostname === one.hostname,
        );
        expect(conflicts.has(one)).toBe(clash);
      }
    }),
  );
});
