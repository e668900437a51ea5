import type { IncomingHttpHeaders } from "node:http2";
import { joined } from "./bytes.ts";
import { type DubboCall, DubboError, type DubboResult } from "./call.ts";
import type { JavaValue } from "./hessian/java-value.ts";
import { HessianReader } from "./hessian/reader.ts";
import { HessianWriter } from "./hessian/writer.ts";
import { unwrapped, wrapped } from "./triple-wrapper.ts";

/**
 * Dubbo 3's Triple (https://dubbo.apache.org/en/overview/reference/protocols/triple-spec/): a generic call is a unary call of gRPC whose
 * message wraps arguments in Hessian 2.
 */

const TYPES = ["java.lang.String", "[Ljava.lang.String;", "[Ljava.lang.Object;"];

/** Headers that belong to HTTP/2, gRPC and Triple: no attachment may take their place. */
const RESERVED =
  /^(?::.*|grpc-.*|tri-.*|generic|connection|content-.*|host|keep-alive|proxy-connection|te|trailer|transfer-encoding|upgrade)$/i;

/** What a call has as headers. */
export function tripleHeaders({ service, version, group, attachments }: DubboCall): Record<string, string> {
  const told = Object.entries(attachments).filter(([name]) => !RESERVED.test(name));
  return {
    ...Object.fromEntries(told.map(([name, value]) => [name.toLowerCase(), value])),
    ":method": "POST",
    ":path": `/${service}/$invoke`,
    "content-type": "application/grpc+proto",
    te: "trailers",
    generic: "true",
    ...(version === "" ? {} : { "tri-service-version": version }),
    ...(group === "" ? {} : { "tri-service-group": group }),
  };
}

/** Of gRPC's messages: a byte that tells whether it is compressed, and its length. */
const PREFIX = 5;

/** What a call has as its body. */
export function tripleMessage({ method, types, values }: DubboCall): Uint8Array {
  const args = [
    new HessianWriter().write(method),
    new HessianWriter().array("[string", types),
    new HessianWriter().array("[object", values),
  ];
  const message = wrapped({ serializeType: "hessian4", args: args.map(({ bytes }) => bytes), argTypes: TYPES });
  const prefix = new Uint8Array(PREFIX);
  new DataView(prefix.buffer).setUint32(1, message.length);
  return joined([prefix, message]);
}

/** In gRPC's numbers: what a provider was too late with. */
const DEADLINE_EXCEEDED = "4";

/** Reads an answer: what the method threw comes as the message, with a header that says so. Throws a {@link DubboError}. */
export function tripleResult(headers: IncomingHttpHeaders, body: Uint8Array): DubboResult {
  const { ":status": http, "grpc-status": status, "tri-exception-code": thrown } = headers;
  if (status === undefined) {
    const why = http === undefined ? "the connection has ended" : `status ${String(http)} is no answer of gRPC`;
    throw new DubboError("broken", why);
  }
  if (status !== "0") {
    const words = saidIn(headers["grpc-message"]);
    const failure = status === DEADLINE_EXCEEDED ? "timeout" : "refused";
    throw new DubboError(failure, `the provider answered with gRPC status ${String(status)}: ${words}`);
  }
  try {
    const value = valueIn(body);
    return thrown === undefined ? { value } : { error: value };
  } catch (error) {
    throw new DubboError("broken", `the answer cannot be read: ${error instanceof Error ? error.message : "?"}`);
  }
}

function valueIn(body: Uint8Array): JavaValue {
  if (body.length < PREFIX) return null;
  const size = new DataView(body.buffer, body.byteOffset).getUint32(1);
  if (body[0] !== 0 || size !== body.length - PREFIX) throw new Error("it is compressed, or no single message");
  const data = unwrapped(body.subarray(PREFIX));
  return data.length === 0 ? null : new HessianReader(data).read();
}

function saidIn(message: string | string[] | undefined): string {
  try {
    return decodeURIComponent(String(message ?? "")).split("\n", 1)[0] ?? "";
  } catch {
    return "";
  }
}
