const VARIABLE = "BUN_CONFIG_MAX_HTTP_REQUESTS";

/** The most Bun takes: a larger figure is ignored in silence. */
const MOST = "65535";

/**
 * Bun's `fetch` runs 256 requests at a time and queues the rest without a word, and reads the variable that lifts this limit only
 * when it starts. So a process started without it replaces itself (same process id, so signals and exit codes are untouched; about
 * 10 ms) and this function does not return. Where a process cannot be replaced it warns and goes on.
 */
export function liftFetchLimit(): void {
  if (process.env[VARIABLE] !== undefined) return;
  const environment = { ...process.env, [VARIABLE]: MOST };
  try {
    process.execve?.(process.execPath, [process.execPath, ...process.execArgv, ...process.argv.slice(1)], environment);
  } catch {
    // Told below.
  }
  console.error(`sluice: set ${VARIABLE}=${MOST} before starting, or more than 256 requests at a time will wait`);
}
