import type { FinishedSpan } from "./finished-span.ts";

/** An `ExportTraceServiceRequest` of opentelemetry-proto v1 as one message of gRPC. */
export function otlpMessage(spans: readonly FinishedSpan[]): Uint8Array<ArrayBuffer> {
  const resource = message([1, attribute("service.name", "sluice")]);
  const scope = message([1, text("sluice")]);
  const scoped = message([1, scope], ...spans.map((span): Field => [2, spanMessage(span)]));
  const request = message([1, message([1, resource], [2, scoped])]);
  const framed = new Uint8Array(5 + request.length);
  new DataView(framed.buffer).setUint32(1, request.length);
  framed.set(request, 5);
  return framed;
}

/** SPAN_KIND_SERVER and STATUS_CODE_ERROR. */
const [SERVER, ERROR] = [2, 2];

function spanMessage({ traceId, spanId, parentId, name, start, duration, attributes, failed }: FinishedSpan): Bytes {
  return message(
    [1, Uint8Array.fromHex(traceId.padStart(32, "0"))],
    [2, Uint8Array.fromHex(spanId)],
    ...(parentId === undefined ? [] : [[4, Uint8Array.fromHex(parentId)] satisfies Field]),
    [5, text(name)],
    [6, SERVER],
    [7, nanoseconds(start)],
    [8, nanoseconds(start + duration)],
    ...Object.entries(attributes).map(([key, value]): Field => [9, attribute(key, value)]),
    ...(failed ? [[15, message([3, ERROR])] satisfies Field] : []),
  );
}

function attribute(key: string, value: string | number): Bytes {
  const any = typeof value === "string" ? message([1, text(value)]) : message([3, value]);
  return message([1, text(key)], [2, any]);
}

type Bytes = Uint8Array<ArrayBuffer>;

/** A field's number, and its value: bytes, a whole number as a varint, or 64 bits as they are. */
type Field = readonly [number, Bytes | number | bigint];

const encoder = new TextEncoder();

function text(value: string): Bytes {
  return encoder.encode(value);
}

function nanoseconds(microseconds: number): bigint {
  return BigInt(microseconds) * 1000n;
}

/** The wire format of Protocol Buffers (https://protobuf.dev/programming-guides/encoding/). */
function message(...fields: readonly Field[]): Bytes {
  const parts = fields.flatMap(([number, value]): readonly Bytes[] => {
    if (typeof value === "number") return [varint(number << 3), varint(value)];
    if (typeof value === "bigint") return [varint((number << 3) | 1), fixed64(value)];
    return [varint((number << 3) | 2), varint(value.length), value];
  });
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function fixed64(value: bigint): Bytes {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value, true);
  return bytes;
}

function varint(value: number): Bytes {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  bytes.push(rest);
  return new Uint8Array(bytes);
}
