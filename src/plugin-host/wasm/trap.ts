/**
 * Whether what was thrown out of a guest means that its state cannot be trusted any more: a trap, an exception of the guest's that nobody
 * caught, or a stack that overflowed, which engines tell as a RangeError. Other errors come from host functions.
 */
export function isTrap(error: unknown): boolean {
  return error instanceof WebAssembly.RuntimeError || isGuestException(error) || isStackOverflow(error);
}

function isGuestException(error: unknown): boolean {
  const { Exception } = WebAssembly as { readonly Exception?: unknown };
  return typeof Exception === "function" && error instanceof Exception;
}

/** V8's and JSC's words; V8 counts its own limit too when an optimised function recurses. */
function isStackOverflow(error: unknown): boolean {
  return error instanceof RangeError && /call stack|stack overflow/i.test(error.message);
}
