import { readFileSync, watch } from "node:fs";
import { dirname } from "node:path";
import type { Clock } from "../core/clock.ts";

/** How long a burst of events is collected, in milliseconds: editors write a file in several steps. */
const SETTLE = 100;

/**
 * Calls `changed` once when the text of one of `files` is another one than now. Folders are watched rather than files, since editors and
 * Kubernetes put a new file in the old one's place. The returned function stops it.
 */
export function watchFiles(files: readonly string[], clock: Clock, changed: () => void): () => void {
  const known = files.map(textOf);
  let cancel: (() => void) | undefined;
  const look = (): void => {
    cancel = undefined;
    // A file that is away for the moment is about to be replaced.
    if (files.every((file, index) => [known[index], undefined].includes(textOf(file)))) return;
    stop();
    changed();
  };
  const watchers = [...new Set(files.map(dirname))].map((folder) =>
    // A folder that goes away ends the watch, not the gateway: SIGHUP and /reload still work.
    watch(folder, { persistent: false }, () => (cancel ??= clock.after(SETTLE, look))).on("error", () => {}),
  );
  const stop = (): void => {
    cancel?.();
    for (const watcher of watchers) watcher.close();
  };
  return stop;
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
