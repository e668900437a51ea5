/** How long a test waits for a condition before it calls it failed; far more than any of them needs. */
const PATIENCE_MS = 15_000;

/**
 * Resolves once `condition` holds, looking again after each turn of the event loop's timers. Rejects with `what` when it does not come
 * true. For conditions of another process, which nothing signals.
 */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  patience: number = PATIENCE_MS,
): Promise<void> {
  const end = performance.now() + patience;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** `promise`, or a rejection that names `what` when it does not settle: a hanging test would say nothing. */
export async function within<T>(what: string, promise: Promise<T>, patience: number = PATIENCE_MS): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`waited in vain for ${what}`)), patience);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
