import { Fault } from "../../core/fault.ts";
import type { Credential } from "../../core/provider.ts";

/** What vendors' keys look like, whole or with their middle masked: some error messages quote the key they refuse. */
const KEY_LIKE = /\b(?:sk-|xai-|gsk_|AIza)[\w*.-]{6,}/g;

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

/** `text` without the credential and without anything that looks like a vendor's key. */
export function redactText(text: string, credential: Credential | undefined): string {
  const secret = credential?.secret ?? "";
  const cleared = secret === "" ? text : text.replaceAll(secret, "***");
  return cleared.replace(KEY_LIKE, "***");
}
