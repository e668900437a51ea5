import type { TLSSocket } from "node:tls";
import { TLS_VERSIONS } from "../core/host.ts";
import { isOfAuthority } from "./client-certificate.ts";
import { type ShownGroup, type TlsContexts, versionsOf } from "./tls-contexts.ts";

/** What is asked of a TLS connection. A `node:http2` session's socket has it as well. */
export type SecuredSocket = Pick<TLSSocket, "authorized" | "getCipher" | "getPeerCertificate" | "getProtocol"> & {
  /** The name that the client asked for; false or null when it named none. */
  readonly servername?: string | false | null;
};

/** What a connection has shown of itself when its handshake was over. */
interface Facts {
  readonly group: ShownGroup;
  /** The authorities that its client's certificate was checked by and is of. */
  readonly trustedBy: string | undefined;
  /** It sent a certificate that is not of them. */
  readonly distrusted: boolean;
}

/**
 * What certificates ask of clients, as far as it is not settled in the handshake: the runtimes agree on versions before they know the
 * name, and a client may send requests for one name over a connection it opened for another.
 */
export class TlsPolicy {
  readonly #facts = new WeakMap<object, Facts>();

  /** Takes note of a connection; false when it must be closed. `key` is what {@link refusal} will be asked by. */
  admit(key: object, socket: SecuredSocket, contexts: TlsContexts): boolean {
    const group = nameOf(socket) === "" ? contexts.otherwise : contexts.find(nameOf(socket));
    if (contexts.asksClients) this.#facts.set(key, factsOf(socket, group));
    return allowed(socket, group);
  }

  /** The answer to a request for `host` that the connection has no right to; undefined when it has. */
  refusal(key: object, host: string, contexts: TlsContexts): Response | undefined {
    if (!contexts.asksClients) return undefined;
    const group = contexts.find(host);
    const { clientCa, clientAuth = "require" } = group.certificate;
    if (clientCa === undefined) return undefined;
    const facts = this.#facts.get(key);
    if (facts?.trustedBy === clientCa) return undefined;
    if (facts?.group.certificate.clientCa !== clientCa)
      return refused(421, "This connection was opened for another host or under other rules; open one for this host.");
    if (facts.distrusted) return refused(400, "The client's certificate is not one that this host trusts.");
    return clientAuth === "optional" ? undefined : refused(400, "This host wants a client certificate.");
  }
}

function nameOf({ servername }: SecuredSocket): string {
  return typeof servername === "string" ? servername : "";
}

function factsOf(socket: SecuredSocket, group: ShownGroup): Facts {
  const { clientCa } = group.certificate;
  const peer = clientCa === undefined ? undefined : socket.getPeerCertificate(true);
  const sent = peer?.raw !== undefined;
  const trusted = sent && socket.authorized && isOfAuthority(peer, group.authorities);
  return { group, trustedBy: trusted ? clientCa : undefined, distrusted: sent && !trusted };
}

function allowed(socket: SecuredSocket, { certificate }: ShownGroup): boolean {
  const protocol = socket.getProtocol() ?? "";
  const version = TLS_VERSIONS.findIndex((one) => one === protocol || (one === "TLSv1.0" && protocol === "TLSv1"));
  const { least, most } = versionsOf(certificate);
  if (version < least || version > most) return false;
  const { ciphers } = certificate;
  // Those of TLS 1.3 are no matter of choice.
  return ciphers === undefined || protocol === "TLSv1.3" || ciphers.includes(socket.getCipher().name);
}

function refused(status: number, message: string): Response {
  // HTTP/1.1 clients open another connection only then; HTTP/2 has no such header, and its clients know what to do.
  return Response.json({ error: { message } }, { status, headers: { connection: "close" } });
}
