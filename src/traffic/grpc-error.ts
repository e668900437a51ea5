import type { Fault } from "../core/fault.ts";

/** gRPC's own numbers (its statuscodes.md) for what an HTTP status stands for, as Envoy has them; all others are UNKNOWN. */
const CODES: Readonly<Record<number, number>> = {
  400: 13,
  401: 16,
  403: 7,
  404: 12,
  429: 14,
  499: 1,
  502: 14,
  503: 14,
  504: 14,
};

const UNKNOWN = 2;

/** Whether a request is gRPC's: its client reads no HTTP status. */
export function isGrpc(headers: Headers): boolean {
  return /^application\/grpc(?:[+;]|$)/i.test(headers.get("content-type") ?? "");
}

/** An error as gRPC's clients know it: an answer of nothing but headers. */
export function grpcError({ status, message }: Fault): Response {
  return new Response(null, {
    status: 200,
    headers: {
      "content-type": "application/grpc",
      "grpc-status": String(CODES[status] ?? UNKNOWN),
      "grpc-message": encoded(message),
    },
  });
}

/** Percent-encoding of all but printable ASCII (gRPC over HTTP/2, "Status-Message"). */
function encoded(message: string): string {
  const bytes = new TextEncoder().encode(message);
  return Array.from(bytes, (byte) =>
    byte < 0x20 || byte > 0x7e || byte === 0x25
      ? `%${byte.toString(16).toUpperCase().padStart(2, "0")}`
      : String.fromCharCode(byte),
  ).join("");
}
