import type { Header } from "../../core/header-list.ts";
import type { Call } from "../../core/plugin.ts";
import { utf8Bytes } from "./guest-memory.ts";
import { requestHeaders, responseHeaders } from "./header-map.ts";
import { encodePairs } from "./pairs.ts";

/**
 * Envoy hands out properties as it keeps them: text as it is, numbers as an int64 and times as nanoseconds in one, both little endian,
 * booleans as a byte, maps as header maps. Guests ask by name and expect that very form.
 */
type Form = (text: string) => Uint8Array<ArrayBuffer> | undefined;

const FORMS: Readonly<Record<string, Form>> = {
  "request.size": integer,
  "request.total_size": integer,
  "request.duration": duration,
  "request.time": timestamp,
  "response.code": integer,
  "response.flags": integer,
  "response.grpc_status": integer,
  "response.size": integer,
  "response.total_size": integer,
  "response.backend_latency": duration,
  "source.address": address,
  "source.port": integer,
  "destination.address": address,
  "destination.port": integer,
  "upstream.port": integer,
  "connection.id": integer,
  "connection.mtls": (text) => new Uint8Array([text === "true" ? 1 : 0]),
};

const MAPS: Readonly<Record<string, (call: Call) => readonly Header[] | undefined>> = {
  "request.headers": (call) => requestHeaders(call).pairs(),
  "response.headers": ({ response }) => (response === undefined ? undefined : responseHeaders(response).pairs()),
  "request.trailers": () => [],
  "response.trailers": () => [],
};

/** What is known though no attribute says so. */
const ELSE: Readonly<Record<string, (call: Call) => string | undefined>> = {
  // Answers of the gateway's own do not come this way.
  "response.code_details": ({ response }) => (response === undefined ? undefined : "via_upstream"),
};

/** A request's property in the form in which a guest expects it; undefined when it is not known. */
export function propertyBytes(path: string, call: Call): Uint8Array<ArrayBuffer> | undefined {
  const map = Object.hasOwn(MAPS, path) ? MAPS[path]?.(call) : undefined;
  if (map !== undefined) return encodePairs(map);
  const text = call.property(path) ?? (Object.hasOwn(ELSE, path) ? ELSE[path]?.(call) : undefined);
  if (text === undefined) return undefined;
  const form = Object.hasOwn(FORMS, path) ? FORMS[path] : undefined;
  return form === undefined ? utf8Bytes(text) : form(text);
}

/** A number as the eight bytes in which guests expect it. */
export function int64(value: bigint): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigInt64(0, value, true);
  return bytes;
}

function integer(text: string): Uint8Array<ArrayBuffer> | undefined {
  const value = Number(text);
  return Number.isSafeInteger(value) ? int64(BigInt(value)) : undefined;
}

/** Milliseconds since 1970, or a time as it is written. */
function timestamp(text: string): Uint8Array<ArrayBuffer> | undefined {
  const milliseconds = /^\d+$/.test(text) ? Number(text) : Date.parse(text);
  return Number.isFinite(milliseconds) ? int64(BigInt(Math.round(milliseconds)) * 1_000_000n) : undefined;
}

function duration(text: string): Uint8Array<ArrayBuffer> | undefined {
  const milliseconds = Number(text);
  return Number.isFinite(milliseconds) ? int64(BigInt(Math.round(milliseconds * 1e6))) : undefined;
}

/** Envoy's addresses have a port, which guests cut off; 0 stands for one that is not known. */
function address(text: string): Uint8Array<ArrayBuffer> {
  if (/^[\d.]+$/.test(text)) return utf8Bytes(`${text}:0`);
  return utf8Bytes(text.includes(":") && /^[\da-f:.]+$/i.test(text) && !isIpv4WithPort(text) ? `[${text}]:0` : text);
}

function isIpv4WithPort(text: string): boolean {
  return /^[\d.]+:\d+$/.test(text);
}
