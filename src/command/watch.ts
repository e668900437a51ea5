import { type FSWatcher, readFileSync, watch } from "node:fs";
import { dirname } from "node:path";
import type { Clock } from "../core/clock.ts";

/** How long a burst of events is collected, in milliseconds: editors write a file in several steps. */
const SETTLE = 100;

/** Files by path with the text they had when they were read; undefined for one that could not be read. */
export type FileTexts = ReadonlyMap<string, string | undefined>;

/**
 * Calls `changed` once when the text of one of `files` is another one than when it was read. Folders are watched rather than files, since
 * editors and Kubernetes put a new file in the old one's place. The returned function stops it.
 */
export function watchFiles(files: FileTexts, clock: Clock, changed: () => void): () => void {
  let cancel: (() => void) | undefined;
  const look = (): void => {
    cancel = undefined;
    // A file that is away for the moment is about to be replaced.
    if ([...files].every(([file, known]) => [known, undefined].includes(textOf(file)))) return;
    stop();
    changed();
  };
  const lookSoon = (): void => {
    cancel ??= clock.after(SETTLE, look);
  };
  const watchers = [...new Set([...files.keys()].map((file) => dirname(file)))].flatMap((folder) =>
    watcherOf(folder, lookSoon),
  );
  const stop = (): void => {
    cancel?.();
    for (const watcher of watchers) watcher.close();
  };
  // What changed between the reading and the watching shows in no event.
  if (files.size > 0) lookSoon();
  return stop;
}

/** Files with the text they have now. */
export function textsNow(files: Iterable<string>): FileTexts {
  return new Map([...files].map((file) => [file, textOf(file)]));
}

/** A folder that is not there, or goes away, ends the watch and not the gateway: SIGHUP and /reload still work. */
function watcherOf(folder: string, seen: () => void): FSWatcher[] {
  try {
    return [watch(folder, { persistent: false }, seen).on("error", () => {})];
  } catch {
    return [];
  }
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
