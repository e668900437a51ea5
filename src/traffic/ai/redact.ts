import { Fault } from "../../core/fault.ts";
import type { Credential } from "../../core/provider.ts";

/** The same fault without the credential, however its message quotes it. */
export function redact(fault: Fault, credential: Credential | undefined): Fault {
  const message = redactText(fault.message, credential);
  if (message === fault.message) return fault;
  return new Fault(fault.code, message, {
    status: fault.status,
    retryable: fault.retryable,
    ...(fault.retryAfter === undefined ? {} : { retryAfter: fault.retryAfter }),
    ...(fault.param === undefined ? {} : { param: fault.param }),
    ...(fault.upstream === undefined ? {} : { upstream: fault.upstream }),
  });
}

/** A shorter one is nobody's secret, and replacing it would tear words apart. */
const SHORTEST = 8;

/** `text` without the credential. What only looks like one is masked by the codecs, which read providers' errors. */
export function redactText(text: string, credential: Credential | undefined): string {
  const secret = credential?.secret ?? "";
  return secret.length < SHORTEST ? text : text.replaceAll(secret, "***");
}
