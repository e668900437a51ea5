import { type Cidr, contains, type IpAddress, parseAddress, parseCidr } from "./address.ts";

/** What an address is for, as far as it matters to who may be sent there. */
export type AddressRange =
  | "public"
  | "loopback"
  | "private"
  | "link-local"
  | "metadata"
  | "multicast"
  | "unspecified"
  | "reserved";

/**
 * IANA's special-purpose addresses (RFC 6890 and its registries), and where clouds serve an instance's credentials. The first block that
 * holds an address counts.
 */
const RANGES: readonly (readonly [AddressRange, readonly string[]])[] = [
  [
    "metadata",
    [
      // AWS, Google, Azure, DigitalOcean, Oracle and their container agents are in link-local addresses; these are not. Alibaba:
      "100.100.100.200",
      // Azure's wire server
      "168.63.129.16",
      // Oracle
      "192.0.0.192",
      // AWS
      "fd00:ec2::/32",
      // Google
      "fd20:ce::254",
    ],
  ],
  ["link-local", ["169.254.0.0/16", "fe80::/10"]],
  ["loopback", ["127.0.0.0/8", "::1"]],
  ["unspecified", ["0.0.0.0/8", "::"]],
  // With the shared space of carriers, the former site-local addresses, and NAT64 by a prefix of one's own.
  [
    "private",
    ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7", "fec0::/10", "64:ff9b:1::/48"],
  ],
  ["multicast", ["224.0.0.0/4", "ff00::/8"]],
  [
    "reserved",
    [
      "192.0.0.0/24",
      "192.0.2.0/24",
      "192.88.99.0/24",
      "198.18.0.0/15",
      "198.51.100.0/24",
      "203.0.113.0/24",
      "240.0.0.0/4",
      "2001::/23",
      "2001:db8::/32",
      "2002::/16",
      "3fff::/20",
    ],
  ],
  ["public", ["0.0.0.0/0", "2000::/3"]],
  ["reserved", ["::/0"]],
];

const TABLE: readonly (readonly [AddressRange, Cidr])[] = RANGES.flatMap(([range, blocks]) =>
  blocks.map((block) => [range, known(block)] as const),
);

/** IPv6 addresses that are IPv4 ones in another spelling, in their last 32 bits: mapped, translated (SIIT), NAT64. */
const EMBEDDED: readonly Cidr[] = ["::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96"].map(known);

/** What an address is for. */
export function rangeOf(address: IpAddress): AddressRange {
  const real = unwrapped(address);
  return TABLE.find(([, block]) => contains(block, real))?.[0] ?? "reserved";
}

/** The IPv4 address that an IPv6 one stands for, or the address itself. */
export function unwrapped(address: IpAddress): IpAddress {
  if (!EMBEDDED.some((block) => contains(block, address))) return address;
  return { bits: 32, value: address.value & 0xffff_ffffn };
}

/** Whether text is an address of this machine or a network of one's own; false for what is no address. */
export function isInternal(text: string): boolean {
  const address = parseAddress(text);
  if (address === undefined) return false;
  const range = rangeOf(address);
  return range === "loopback" || range === "private" || range === "link-local";
}

function known(text: string): Cidr {
  const block = parseCidr(text);
  if (block === undefined) throw new Error(`${text} is no block of addresses.`);
  return block;
}
