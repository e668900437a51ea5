import { type IpAddress, parseAddress } from "#src/core/network/address.ts";
import { unwrapped } from "#src/core/network/ranges.ts";

/** The addresses of one family and one length of prefix: what stands before the prefix' end. */
interface Prefixes {
  readonly bits: number;
  readonly rest: bigint;
  readonly bases: Set<bigint>;
}

/**
 * Blocks of addresses, asked in a step for each length of prefix among them, however many there are. An IPv6 address that stands for an IPv4
 * one (`::ffff:10.0.0.1`) is that one.
 */
export class AddressSet {
  readonly #prefixes: readonly Prefixes[];

  private constructor(prefixes: readonly Prefixes[]) {
    this.#prefixes = prefixes;
  }

  /** Of addresses and blocks (`10.0.0.0/8`; bits behind the prefix do not count). Throws an Error that quotes what is neither. */
  static of(entries: Iterable<string>): AddressSet {
    const prefixes = new Map<string, Prefixes>();
    for (const entry of entries) {
      const { bits, value, prefix } = blockOf(entry);
      const rest = BigInt(bits - prefix);
      const key = `${bits}/${prefix}`;
      const known = prefixes.get(key) ?? { bits, rest, bases: new Set() };
      known.bases.add(value >> rest);
      prefixes.set(key, known);
    }
    return new AddressSet([...prefixes.values()]);
  }

  has(address: IpAddress): boolean {
    const { bits, value } = unwrapped(address);
    return this.#prefixes.some((one) => one.bits === bits && one.bases.has(value >> one.rest));
  }
}

function blockOf(entry: string): IpAddress & { readonly prefix: number } {
  const [text = "", length, ...more] = entry.trim().split("/");
  const address = parseAddress(text);
  const prefix = length === undefined ? address?.bits : /^\d{1,3}$/.test(length) ? Number(length) : undefined;
  if (address === undefined || prefix === undefined || prefix > address.bits || more.length > 0) {
    throw new Error(`${JSON.stringify(entry)} is neither an IP address nor a block of them, as in 10.0.0.0/8.`);
  }
  return { ...address, prefix };
}

/** The address in the spellings of headers and sockets: with or without a port, IPv6 in brackets. */
export function addressIn(text: string): IpAddress | undefined {
  const trimmed = text.trim();
  const [, bracketed] = /^\[([^\]]*)\](?::\d+)?$/.exec(trimmed) ?? [];
  const [, dotted] = /^([\d.]+):\d+$/.exec(trimmed) ?? [];
  return parseAddress(bracketed ?? dotted ?? trimmed);
}
