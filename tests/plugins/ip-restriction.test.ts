import { describe, expect, test } from "bun:test";
import { assert, ipV4, integer, property } from "fast-check";
import { parseAddress, parseCidr, contains } from "#src/core/network/address.ts";
import { AddressSet, addressIn } from "#plugins/address-set.ts";
import { ipRestriction } from "#plugins/ip-restriction.ts";
import { behind } from "./behind.ts";

const DENIED = '{"message":"Your IP address is blocked."}';

describe("by the connection's address", () => {
  test("only what is in allow passes", async () => {
    const ask = await behind(ipRestriction, { allow: ["10.0.0.1", "192.168.0.0/16", "2001:db8::/32"] });
    const statusOf = async (remoteAddress: string): Promise<number> => (await ask({ remoteAddress })).status;
    expect(await statusOf("10.0.0.1")).toBe(200);
    expect(await statusOf("192.168.255.255")).toBe(200);
    expect(await statusOf("::ffff:192.168.1.1")).toBe(200);
    expect(await statusOf("2001:db8::1")).toBe(200);
    expect(await statusOf("10.0.0.2")).toBe(403);
    expect(await statusOf("2001:db9::1")).toBe(403);
  });

  test("what is in deny does not", async () => {
    const ask = await behind(ipRestriction, { ip_source_type: "origin-source", deny: ["10.0.0.0/8"] });
    const denied = await ask({ remoteAddress: "10.200.3.4" });
    expect(denied).toMatchObject({ status: 403, body: DENIED, headers: { "content-type": "application/json" } });
    expect(denied.reply?.reason).toBe("ip-restriction.ip_denied");
    expect((await ask({ remoteAddress: "11.0.0.1" })).status).toBe(200);
  });

  test("a client without an address does not pass either kind", async () => {
    for (const config of [{ allow: ["0.0.0.0/0"] }, { deny: ["10.0.0.1"] }]) {
      const { status, reply } = await (await behind(ipRestriction, config))();
      expect([status, reply?.reason]).toEqual([403, "ip-restriction.get_ip_failed"]);
    }
  });
});

describe("by a header", () => {
  test("its address, with or without a port", async () => {
    const ask = await behind(ipRestriction, {
      ip_source_type: "header",
      ip_header_name: "X-Real-IP",
      deny: ["10.0.0.1"],
    });
    for (const value of ["10.0.0.1", "10.0.0.1:4711", " 10.0.0.1 "]) {
      expect((await ask({ headers: { "x-real-ip": value } })).status).toBe(403);
    }
    expect((await ask({ headers: { "x-real-ip": "[2001:db8::1]:443" } })).status).toBe(200);
  });

  test("a list, nonsense, or nothing is refused: the first of a list may be made up", async () => {
    const ask = await behind(ipRestriction, { ip_source_type: "header", allow: ["10.0.0.0/8"] });
    expect((await ask({ headers: { "x-forwarded-for": "10.0.0.1" } })).status).toBe(200);
    for (const headers of [{ "x-forwarded-for": "10.0.0.1, 203.0.113.9" }, { "x-forwarded-for": "me" }, {}]) {
      expect((await ask({ headers })).status).toBe(403);
    }
  });
});

describe("the refusal", () => {
  test("in words and with a status of one's own", async () => {
    const ask = await behind(ipRestriction, { deny: ["1.1.1.1"], status: 404, message: "Not here." });
    expect(await ask({ remoteAddress: "1.1.1.1" })).toMatchObject({ status: 404, body: '{"message":"Not here."}' });
  });

  test("as a page", async () => {
    const ask = await behind(ipRestriction, { deny: ["1.1.1.1"], response_body: "<h1>No</h1>" });
    expect(await ask({ remoteAddress: "1.1.1.1" })).toMatchObject({
      body: "<h1>No</h1>",
      headers: { "content-type": "text/html; charset=utf-8" },
    });
  });

  test("is left to the client's protocol on AI and MCP routes", async () => {
    const ask = await behind(ipRestriction, { deny: ["1.1.1.1"], response_body: "<h1>No</h1>" });
    const { reply } = await ask({ remoteAddress: "1.1.1.1", route: { ai: true } });
    expect(reply).toMatchObject({ refusal: true, body: "Your IP address is blocked." });
  });
});

describe("configurations that cannot be used", () => {
  test.each([
    [{}, "Give one of allow and deny."],
    [{ allow: ["10.0.0.1"], deny: ["10.0.0.2"] }, "allow and deny cannot both be given."],
    [{ allow: ["10.0.0.256"] }, '"10.0.0.256" is neither an IP address nor a block'],
    [{ deny: ["10.0.0.0/33"] }, '"10.0.0.0/33" is neither'],
    [{ deny: ["10.0.0.0/8/8"] }, '"10.0.0.0/8/8" is neither'],
    [{ allow: ["10.0.0.1"], ip_source_type: "socket" }, "ip_source_type"],
  ])("%j", async (config, message) => {
    expect(await behind(ipRestriction, config).catch(String)).toContain(message);
  });
});

describe("a set of addresses", () => {
  test("holds what one of its blocks holds", () => {
    assert(
      property(ipV4(), integer({ min: 0, max: 32 }), ipV4(), (base, prefix, asked) => {
        const address = parseAddress(asked);
        const rest = BigInt(32 - prefix);
        const value = ((parseAddress(base)?.value ?? 0n) >> rest) << rest;
        const block = { base: { bits: 32 as const, value }, prefix };
        expect(address && AddressSet.of([`${base}/${prefix}`, "203.0.113.7"]).has(address)).toBe(
          address !== undefined && (contains(block, address) || asked === "203.0.113.7"),
        );
      }),
    );
  });

  test("IPv6 is not mistaken for IPv4", () => {
    const all6 = AddressSet.of(["::/0"]);
    expect(all6.has(parseAddress("10.0.0.1") ?? { bits: 128, value: 0n })).toBe(false);
    expect(addressIn("[::1]")).toEqual(parseCidr("::1")?.base);
  });
});
