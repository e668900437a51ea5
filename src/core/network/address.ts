/** An IP address as a number of 32 or 128 bits. */
export interface IpAddress {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

/** A block of addresses: those whose first `prefix` bits are the base's. */
export interface Cidr {
  readonly base: IpAddress;
  readonly prefix: number;
}

/**
 * Reads an address in its one common spelling: four decimal numbers, or hexadecimal groups with `::` and a dotted tail. A zone (`%eth0`) is
 * left out of account. Undefined for everything else; of the other spellings of an IPv4 address (octal, one number, …) `URL` makes this one.
 */
export function parseAddress(text: string): IpAddress | undefined {
  if (!text.includes(":")) return parse4(text);
  const [plain = ""] = text.split("%", 1);
  return parse6(plain);
}

/** Reads `10.0.0.0/8`, or an address as the block of itself. Undefined for what is none, and for a base with bits behind the prefix. */
export function parseCidr(text: string): Cidr | undefined {
  const [address = "", length, ...more] = text.split("/");
  const base = parseAddress(address);
  if (base === undefined || more.length > 0) return undefined;
  if (length === undefined) return { base, prefix: base.bits };
  if (!/^\d{1,3}$/.test(length) || Number(length) > base.bits) return undefined;
  const prefix = Number(length);
  const rest = BigInt(base.bits - prefix);
  return (base.value >> rest) << rest === base.value ? { base, prefix } : undefined;
}

/** Whether the address is in the block; never across the two families. */
export function contains({ base, prefix }: Cidr, { bits, value }: IpAddress): boolean {
  if (bits !== base.bits) return false;
  const rest = BigInt(bits - prefix);
  return value >> rest === base.value >> rest;
}

function parse4(text: string): IpAddress | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  let value = 0n;
  for (const part of parts) {
    if (!/^(?:0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    value = (value << 8n) | BigInt(part);
  }
  return { bits: 32, value };
}

function parse6(text: string): IpAddress | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map(groups);
  if (head === undefined) return undefined;
  if (halves.length === 1) return head.length === 8 ? joined(head) : undefined;
  if (tail === undefined || head.length + tail.length > 7) return undefined;
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => 0n);
  return joined([...head, ...zeros, ...tail]);
}

/** The 16-bit groups of one side of `::`; a dotted tail is two of them. */
function groups(text: string): readonly bigint[] | undefined {
  if (text === "") return [];
  const parts = text.split(":");
  const last = parts.at(-1) ?? "";
  const dotted = last.includes(".") ? parse4(last) : undefined;
  if (dotted !== undefined)
    parts.splice(-1, 1, (dotted.value >> 16n).toString(16), (dotted.value & 0xffffn).toString(16));
  return parts.every((part) => /^[0-9a-f]{1,4}$/i.test(part)) ? parts.map((part) => BigInt(`0x${part}`)) : undefined;
}

function joined(parts: readonly bigint[]): IpAddress {
  return { bits: 128, value: parts.reduce((value, part) => (value << 16n) | part, 0n) };
}
