import { Fault, type UpstreamError } from "../../core/fault.ts";
import type { Credential } from "../../core/provider.ts";

/** The same fault without the credential, wherever the provider's words quote it. */
export function redact(fault: Fault, credential: Credential | undefined): Fault {
  const { message, upstream } = fault;
  const clean = (text: string): string => redactText(text, credential);
  const said = [message, upstream?.type, upstream?.code, upstream?.param];
  if (said.every((text) => text === undefined || clean(text) === text)) return fault;
  return new Fault(fault.code, clean(message), {
    status: fault.status,
    retryable: fault.retryable,
    ...(fault.retryAfter === undefined ? {} : { retryAfter: fault.retryAfter }),
    ...(fault.param === undefined ? {} : { param: fault.param }),
    ...(upstream === undefined ? {} : { upstream: cleanUpstream(upstream, clean) }),
    ...(fault.cause === undefined ? {} : { cause: fault.cause }),
  });
}

function cleanUpstream(upstream: UpstreamError, clean: (text: string) => string): UpstreamError {
  const { type, code, param } = upstream;
  return {
    ...upstream,
    ...(type === undefined ? {} : { type: clean(type) }),
    ...(code === undefined ? {} : { code: clean(code) }),
    ...(param === undefined ? {} : { param: clean(param) }),
  };
}

/** A shorter one is nobody's secret, and replacing it would tear words apart. */
const SHORTEST = 8;

/**
 * `text`, which may be JSON, without the credential, plain or with escapes. What only looks like one is masked by the codecs, which read
 * providers' errors.
 */
export function redactText(text: string, credential: Credential | undefined): string {
  if (credential === undefined || credential.secret.length < SHORTEST) return text;
  const plain = text.includes(credential.secret) ? text.replaceAll(credential.secret, "***") : text;
  return plain.includes("\\") ? plain.replace(escapedForms(credential), "***") : plain;
}

const ESCAPED = new WeakMap<Credential, RegExp>();

/** Finds the credential in a JSON string however its writer escapes characters: PHP does so to `/`, others to `&`, `+` and `=`. */
function escapedForms(credential: Credential): RegExp {
  const known = ESCAPED.get(credential);
  if (known !== undefined) return known;
  const made = new RegExp(credential.secret.replaceAll(/[^]/g, escapedForm), "g");
  ESCAPED.set(credential, made);
  return made;
}

function escapedForm(char: string): string {
  const code = char.charCodeAt(0).toString(16).padStart(4, "0");
  const hex = code.replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);
  if (/[A-Za-z0-9]/.test(char)) return `(?:${char}|\\\\u${hex})`;
  const literal = `\\u${code}`;
  return `(?:\\\\?${literal}|\\\\u${hex})`;
}
