import type { PieceCertificate } from "../translator.ts";

/** What a certificate is for at its listeners: each of its hosts; without hosts, the names in it. */
export function hostKeys({ listeners, hosts, cert = "" }: PieceCertificate): readonly string[] {
  return (hosts ?? [cert]).map((host) => hostKey(listeners, host));
}

export function hostKey(listeners: readonly string[], host: string): string {
  return `${listeners.join(" ")} ${host}`;
}
