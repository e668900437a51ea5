import { parseAddress } from "#src/core/network/address.ts";
import { Complaint } from "#src/core/settings/scalars.ts";

/** An address and a port of a registry of type static. */
export interface StaticAddress {
  readonly host: string;
  readonly port: number;
}

/** Reads the `domain` of a registry of type static: `ip:port,ip:port`, IPv6 in brackets. As in Higress, names are refused. */
export function readStaticAddresses(domain: string): readonly StaticAddress[] | Complaint {
  const addresses: StaticAddress[] = [];
  for (const part of parts(domain)) {
    const [, bracketed, plain, digits] = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(part) ?? [];
    const ip = bracketed ?? plain;
    if (ip === undefined) return new Complaint("must be ip:port, or several with commas", "as in 10.0.0.1:80,[::1]:80");
    if (parseAddress(ip) === undefined || (bracketed !== undefined) !== ip.includes(":")) {
      return new Complaint("must have IP addresses with type static", "for names there is the type dns");
    }
    const port = Number(digits);
    if (port < 1 || port > 65_535) return new Complaint("has a port outside 1 to 65535");
    addresses.push({ host: bracketed === undefined ? ip : `[${ip}]`, port });
  }
  return addresses.length > 0 ? addresses : new Complaint("names no address");
}

const HOST_NAME =
  /^(?=.{1,253}\.?$)(?:[a-zA-Z0-9_](?:[a-zA-Z0-9_-]{0,61}[a-zA-Z0-9_])?\.)*[a-zA-Z0-9_](?:[a-zA-Z0-9_-]{0,61}[a-zA-Z0-9_])?\.?$/;

/** Reads the `domain` of a registry of type dns: host names with commas. As in Higress, addresses are refused. */
export function readHostNames(domain: string): readonly string[] | Complaint {
  const names = parts(domain);
  for (const name of names) {
    if (parseAddress(name) !== undefined || /^\d+(?:\.\d+){3}$/.test(name)) {
      return new Complaint("must have host names with type dns", "for IP addresses there is the type static");
    }
    if (!HOST_NAME.test(name))
      return new Complaint("must be a host name, or several with commas", "the port is in port");
  }
  return names.length > 0 ? [...new Set(names)] : new Complaint("names no host");
}

/** Whether it is the name of a service record, as `_http._tcp.example.com`. */
export function isServiceRecord(name: string): boolean {
  return /^_[^.]+\._[^.]+\./.test(name);
}

function parts(domain: string): readonly string[] {
  return domain
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}
