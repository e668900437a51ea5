import type { ServerDuplexStream, status } from "@grpc/grpc-js";

/** A call as gRPC hands it over; its messages are bytes. */
export type Call = ServerDuplexStream<Uint8Array, Uint8Array>;

/** Ends a call. */
export function refuse(call: Call, code: status, details: string): void {
  call.emit("error", { code, details });
}
