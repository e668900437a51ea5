import { describe, expect, test } from "bun:test";
import { array, assert, constantFrom, integer, ipV4, ipV6, oneof, property, string } from "fast-check";
import { BlockList, isIP } from "node:net";
import { contains, parseAddress, parseCidr } from "#src/core/network/address.ts";
import { isInternal, rangeOf } from "#src/core/network/ranges.ts";

const someAddress = oneof(ipV4(), ipV6());

describe("addresses", () => {
  test("reads exactly what is one", () => {
    const pieces = array(constantFrom("0", "1", "255", "256", "01", "ffff", "10000", ".", ":", "::", "g", " ", "-1"), {
      maxLength: 12,
    }).map((parts) => parts.join(""));
    assert(
      property(oneof(someAddress, pieces, string()), (text) => {
        // A zone is Node's to judge.
        if (text.includes("%")) return;
        expect(parseAddress(text) !== undefined).toBe(isIP(text) !== 0);
      }),
      { numRuns: 500 },
    );
  });

  test("reads the same number from every spelling of an IPv6 address", () => {
    assert(
      property(array(integer({ min: 0, max: 0xffff }), { minLength: 8, maxLength: 8 }), (groups) => {
        const full = groups.map((group) => group.toString(16).padStart(4, "0").toUpperCase()).join(":");
        const value = groups.reduce((sum, group) => (sum << 16n) | BigInt(group), 0n);
        expect(parseAddress(full)?.value).toBe(value);
        // `URL` shortens it.
        expect(parseAddress(new URL(`http://[${full}]`).hostname.slice(1, -1))?.value).toBe(value);
      }),
    );
  });

  test("knows what is in a block as the runtime's own list does", () => {
    assert(
      property(ipV4(), integer({ min: 0, max: 32 }), ipV4(), (base, prefix, other) => {
        const masked = maskedText(base, prefix);
        const block = parseCidr(`${masked}/${prefix}`);
        const list = new BlockList();
        list.addSubnet(masked, prefix);
        const address = parseAddress(other);
        if (block === undefined || address === undefined) throw new Error("not read");
        expect(contains(block, address)).toBe(list.check(other));
        expect(contains(block, parseAddress(base) ?? address)).toBe(true);
      }),
    );
  });

  test.each([
    "10.0.0.0/33",
    "10.0.0.1/8",
    "fe80::/129",
    "10.0.0.0/",
    "10/8",
    "/8",
    "a/8",
    "10.0.0.0/8/8",
    "10.0.0.0/-1",
  ])("%s is no block", (text) => {
    expect(parseCidr(text)).toBeUndefined();
  });
});

function maskedText(text: string, prefix: number): string {
  const value = parseAddress(text)?.value ?? 0n;
  const rest = BigInt(32 - prefix);
  const masked = (value >> rest) << rest;
  return [24n, 16n, 8n, 0n].map((shift) => String((masked >> shift) & 0xffn)).join(".");
}

describe("what an address is for", () => {
  test.each([
    ["8.8.8.8", "public"],
    ["172.15.255.255", "public"],
    ["172.32.0.0", "public"],
    ["2606:4700::1111", "public"],
    ["64:ff9b::8.8.8.8", "public"],
    ["::ffff:8.8.8.8", "public"],
    ["127.0.0.1", "loopback"],
    ["127.255.255.254", "loopback"],
    ["::1", "loopback"],
    ["::ffff:127.0.0.1", "loopback"],
    ["::ffff:0:127.0.0.1", "loopback"],
    ["64:ff9b::7f00:1", "loopback"],
    ["10.1.2.3", "private"],
    ["172.16.0.1", "private"],
    ["192.168.255.255", "private"],
    ["100.64.0.1", "private"],
    ["fd12:3456::1", "private"],
    ["fec0::1", "private"],
    ["64:ff9b:1::1", "private"],
    ["::ffff:192.168.0.1", "private"],
    ["64:ff9b::10.0.0.1", "private"],
    ["169.254.1.1", "link-local"],
    ["169.254.169.254", "link-local"],
    ["::ffff:169.254.169.254", "link-local"],
    ["64:ff9b::169.254.169.254", "link-local"],
    ["fe80::1", "link-local"],
    ["fe80::1%eth0", "link-local"],
    ["100.100.100.200", "metadata"],
    ["168.63.129.16", "metadata"],
    ["192.0.0.192", "metadata"],
    ["fd00:ec2::254", "metadata"],
    ["fd20:ce::254", "metadata"],
    ["0.0.0.0", "unspecified"],
    ["0.1.2.3", "unspecified"],
    ["::", "unspecified"],
    ["224.0.0.1", "multicast"],
    ["ff02::1", "multicast"],
    ["255.255.255.255", "reserved"],
    ["198.18.0.1", "reserved"],
    ["203.0.113.9", "reserved"],
    ["2001:db8::1", "reserved"],
    ["2002:7f00:1::", "reserved"],
    ["2001::1", "reserved"],
    ["::7f00:1", "reserved"],
    ["4000::1", "reserved"],
  ] as const)("%s is %s", (text, range) => {
    const address = parseAddress(text);
    expect(address === undefined ? undefined : rangeOf(address)).toBe(range);
  });

  test("an IPv4 address is the same in every IPv6 dress", () => {
    assert(
      property(ipV4(), constantFrom("::ffff:", "::ffff:0:", "64:ff9b::"), (text, dress) => {
        const [plain, dressed] = [parseAddress(text), parseAddress(dress + text)];
        if (plain === undefined || dressed === undefined) throw new Error("not read");
        expect(rangeOf(dressed)).toBe(rangeOf(plain));
      }),
    );
  });

  test("internal is this machine and networks of one's own", () => {
    const internal = ["127.0.0.1", "10.0.0.1", "::1", "fd00::1", "::ffff:10.0.0.1", "169.254.3.4", "100.64.1.1"];
    expect(internal.filter((text) => !isInternal(text))).toEqual([]);
    expect(["8.8.8.8", "2606:4700::1", "unknown", "", "0.0.0.0"].filter(isInternal)).toEqual([]);
  });
});
