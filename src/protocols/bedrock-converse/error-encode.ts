import { formatAwsMessage } from "../../core/aws-event-stream.ts";
import type { Fault } from "../../core/fault.ts";
import type { JsonObject } from "../../core/json.ts";

/** The exceptions of Bedrock's runtime by the status they are answered with. */
const NAMES: ReadonlyMap<number, string> = new Map([
  [400, "ValidationException"],
  [401, "AccessDeniedException"],
  [403, "AccessDeniedException"],
  [404, "ResourceNotFoundException"],
  [408, "ModelTimeoutException"],
  [424, "ModelErrorException"],
  [429, "ThrottlingException"],
  [503, "ServiceUnavailableException"],
  [504, "ModelTimeoutException"],
]);

function nameOf({ status, upstream }: Fault): string {
  const told = upstream?.type;
  if (told !== undefined && /^[A-Z]\w*Exception$/.test(told)) return told;
  return NAMES.get(status) ?? (status < 500 ? "ValidationException" : "InternalServerException");
}

/** An error answer as Bedrock's own clients read it: the exception's name stands in `x-amzn-errortype`. */
export function encodeAwsError(fault: Fault): { readonly name: string; readonly body: JsonObject } {
  return { name: nameOf(fault), body: { message: fault.message } };
}

/** The message that ends an open stream with an exception. In streams their names begin with a small letter. */
export function encodeAwsException(fault: Fault): Uint8Array<ArrayBuffer> {
  const { name, body } = encodeAwsError(fault);
  const headers = {
    ":exception-type": name.charAt(0).toLowerCase() + name.slice(1),
    ":content-type": "application/json",
    ":message-type": "exception",
  };
  return formatAwsMessage(headers, JSON.stringify(body));
}
