import { type IpAddress, parseAddress } from "./address.ts";

/** Whom a URL would be sent to. */
export interface Target {
  /** As `URL` writes it, in lower case, without the brackets of an IPv6 address and the root's dot. */
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
  /** When the host is an address and no name. */
  readonly address: IpAddress | undefined;
}

/** The request may not go there. The message says what to set; it is for whoever runs the gateway. */
export class NetworkRefusal extends Error {
  constructor(message: string) {
    super(message);
    this.name = "NetworkRefusal";
  }
}

/**
 * The target of an absolute URL, every spelling of an address (octal, hexadecimal, one number, full-width digits) made the common one.
 * Throws a {@link NetworkRefusal} for a scheme that is not http or https, and for a user in the URL, which is there to mislead.
 */
export function targetOf(url: string): Target {
  const parsed = URL.parse(url);
  if (parsed === null) throw new NetworkRefusal("The address of the request is no URL.");
  const { protocol, hostname, port, username, password } = parsed;
  const secure = protocol === "https:";
  if (!secure && protocol !== "http:") throw new NetworkRefusal("Only http and https URLs are requested.");
  if (username !== "" || password !== "") throw new NetworkRefusal("A URL that names a user is not requested.");
  const host = hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");
  if (host === "") throw new NetworkRefusal("The URL of the request has no host.");
  return { host, port: Number(port) || (secure ? 443 : 80), secure, address: parseAddress(host) };
}

/** An operator's own words for a host: on any port when it names none. */
export interface NamedHost {
  readonly host: string;
  readonly port: number | undefined;
}

/**
 * The host that stands literally in a URL or template, or in `host` and `host:port`. Undefined when a part of it is filled in later
 * (`{{.args.host}}`, `{region}`), and for what is no host.
 */
export function namedHost(text: string): NamedHost | undefined {
  const [, scheme, authority = ""] = /^(?:([a-z][a-z0-9+.-]*):\/\/)?([^/?#\\]*)/i.exec(text) ?? [];
  if (authority === "" || authority.includes("{") || /[\s@]/.test(authority)) return undefined;
  const parsed = URL.parse(`${scheme === undefined || !/^https?$/i.test(scheme) ? "http" : scheme}://${authority}/`);
  if (parsed === null) return undefined;
  const host = parsed.hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");
  const written = /:(\d+)$/.exec(authority)?.[1];
  if (written !== undefined) return { host, port: Number(written) };
  return { host, port: scheme === undefined ? undefined : DEFAULT_PORTS[scheme.toLowerCase()] };
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { http: 80, https: 443 };
