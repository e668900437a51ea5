import { createHash, timingSafeEqual } from "node:crypto";
import { type Metadata, ServerCredentials } from "@grpc/grpc-js";

/** Who may connect, and how. PEM text. */
export interface AuthOptions {
  readonly tls?: { readonly cert: string; readonly key: string; readonly clientCa?: string };
  /** What clients have to send; undefined: nothing. A reload may change it. */
  token(): string | undefined;
}

/** How connections are made. With `clientCa` only who has a certificate of it gets one. */
export function credentialsOf({ tls }: AuthOptions): ServerCredentials {
  if (tls === undefined) return ServerCredentials.createInsecure();
  const ca = tls.clientCa === undefined ? null : Buffer.from(tls.clientCa);
  const pair = { cert_chain: Buffer.from(tls.cert), private_key: Buffer.from(tls.key) };
  return ServerCredentials.createSsl(ca, [pair], ca !== null);
}

/** Whether a call brings the token. */
export function isAllowed(options: AuthOptions, metadata: Metadata): boolean {
  const wanted = options.token();
  if (wanted === undefined) return true;
  const [sent] = metadata.get("authorization");
  const [, bearer] = /^bearer +(.+)$/i.exec(String(sent ?? "")) ?? [];
  return bearer !== undefined && timingSafeEqual(digest(bearer), digest(wanted));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
