import { isObject, type Json } from "../../core/json.ts";
import { CalloutError, type CalloutFailure, RedisError, type RedisReply } from "../../core/plugin-host.ts";
import type { WireError } from "./messages.ts";

/** A value, and its bytes apart. */
export interface Sent {
  readonly value: Json;
  readonly blobs: readonly Uint8Array[];
}

/** Text and bytes as they are sent; bytes are null there. */
export function sendParts(parts: readonly (string | Uint8Array)[]): Sent {
  return {
    value: parts.map((part) => (typeof part === "string" ? part : null)),
    blobs: parts.filter((part) => typeof part !== "string"),
  };
}

/** The reverse. Throws an Error for what are no parts. */
export function readParts(value: Json | undefined, blobs: readonly Uint8Array[]): readonly (string | Uint8Array)[] {
  if (!Array.isArray(value)) throw new Error("A list of texts and bytes is wanted.");
  let next = 0;
  return value.map((part) => {
    const read = part === null ? blobs[next++] : part;
    if (typeof read !== "string" && !(read instanceof Uint8Array))
      throw new Error("A list of texts and bytes is wanted.");
    return read;
  });
}

/** An answer of a Redis as it is sent: lists, bytes and errors are objects. */
export function sendReply(reply: RedisReply): Sent {
  const blobs: Uint8Array[] = [];
  const send = (one: RedisReply): Json => {
    if (one === null || typeof one === "number" || typeof one === "string") return one;
    if (one instanceof Uint8Array) return { bytes: blobs.push(one) - 1 };
    if (one instanceof RedisError) return { error: one.message };
    return { list: one.map(send) };
  };
  return { value: send(reply), blobs };
}

/** The reverse. What is none is null. */
export function readReply(value: Json, blobs: readonly Uint8Array[]): RedisReply {
  if (typeof value === "number" || typeof value === "string") return value;
  if (!isObject(value)) return null;
  const { bytes, error, list } = value as { readonly bytes?: Json; readonly error?: Json; readonly list?: Json };
  if (typeof bytes === "number") return blobs[bytes] ?? null;
  if (typeof error === "string") return new RedisError(error);
  return Array.isArray(list) ? list.map((one) => readReply(one, blobs)) : null;
}

/** An error as it is sent. */
export function sendError(error: unknown): WireError {
  if (!(error instanceof Error)) return { name: "Error", message: String(error) };
  const { name, message } = error;
  return error instanceof CalloutError ? { name, message, failure: error.failure } : { name, message };
}

/** The reverse; kinds that plugins tell apart stay what they are. */
export function readError({ name, message, failure }: WireError): Error {
  if (name === "CalloutError") return new CalloutError((failure ?? "unreachable") as CalloutFailure, message);
  if (name === "RedisError") return new RedisError(message);
  return name === "RangeError" ? new RangeError(message) : new Error(message);
}
