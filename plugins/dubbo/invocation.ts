import { type DubboCall, DubboError, type DubboResult } from "./call.ts";
import { fastjson2Text } from "./fastjson2-text.ts";
import { HESSIAN2, type Message, OK } from "./frame.ts";
import { isJavaObject } from "./hessian/java-value.ts";
import { HessianReader } from "./hessian/reader.ts";
import { HessianWriter } from "./hessian/writer.ts";

/** What stands in messages of the Dubbo protocol: a generic call, and its answer. */

/** The version that Higress tells: from it on providers read attachments, and answer with none of their own. */
const DUBBO_VERSION = "2.7.1";

const INVOKE = "Ljava/lang/String;[Ljava/lang/String;[Ljava/lang/Object;";

/** The body of a call. */
export function callBody({ service, version, group, method, types, values, attachments }: DubboCall): Uint8Array {
  const said = version === "" ? "0.0.0" : version;
  const own = { path: service, interface: service, generic: "true", version: said };
  return new HessianWriter()
    .write(DUBBO_VERSION)
    .write(service)
    .write(said)
    .write("$invoke")
    .write(INVOKE)
    .write(method)
    .array("[string", types)
    .array("[object", values)
    .write({ ...attachments, ...own, ...(group === "" ? {} : { group }) }).bytes;
}

/** What the first number of an answer says: of these, the latter three have attachments. */
const KINDS = ["error", "value", "nothing", "error", "value", "nothing"] as const;

/** Reads an answer. Throws a {@link DubboError} with the provider's words when it could not call the method. */
export function resultOf({ status, serialization, body }: Omit<Message, "kind" | "twoWay" | "id">): DubboResult {
  if (body === undefined) throw new DubboError("too_large", "the answer is too long");
  if (status !== OK) throw refusal(status, wordsIn(body, serialization));
  try {
    if (serialization !== HESSIAN2) throw new Error("it is not Hessian 2");
    const reader = new HessianReader(body);
    const type = Number(reader.read());
    const kind = KINDS[type];
    if (kind === undefined) throw new Error("it is of an unknown kind");
    const said = kind === "nothing" ? null : reader.read();
    const result = kind === "error" ? { error: said } : { value: said };
    const attachment = type > 2 ? reader.read() : null;
    return isJavaObject(attachment) ? { ...result, attachment } : result;
  } catch (error) {
    throw new DubboError("broken", `the answer cannot be read: ${error instanceof Error ? error.message : "?"}`);
  }
}

/** What Dubbo's own classes call the statuses. */
const NAMES: Readonly<Record<number, string>> = {
  30: "CLIENT_TIMEOUT",
  31: "SERVER_TIMEOUT",
  35: "CHANNEL_INACTIVE",
  40: "BAD_REQUEST",
  50: "BAD_RESPONSE",
  60: "SERVICE_NOT_FOUND",
  70: "SERVICE_ERROR",
  80: "SERVER_ERROR",
  90: "CLIENT_ERROR",
  100: "SERVER_THREADPOOL_EXHAUSTED_ERROR",
};

function refusal(status: number, words: string): DubboError {
  const failure = status === 30 || status === 31 ? "timeout" : "refused";
  return new DubboError(
    failure,
    `the provider answered with status ${status} (${NAMES[status] ?? "unknown"}): ${words}`,
  );
}

/** The first line, without the stack that follows. */
function wordsIn(body: Uint8Array, serialization: number): string {
  try {
    const said = serialization === HESSIAN2 ? new HessianReader(body).read() : fastjson2Text(body);
    return typeof said === "string" ? (said.split("\n", 1)[0] ?? "") : "";
  } catch {
    return "";
  }
}
