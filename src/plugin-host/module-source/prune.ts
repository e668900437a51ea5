import { readdir, rm, stat } from "node:fs/promises";

/** What may stay. */
export interface PruneOptions {
  readonly modules: string;
  readonly links: string;
  /** For all modules together. */
  readonly maxBytes: number;
  readonly now: number;
  /** A module that stays however large it is: the one just written. */
  readonly spare: string;
}

const MAX_LINKS = 4096;

/** Milliseconds after which a file that was not moved to its place belongs to nobody any more. */
const ABANDONED = 3_600_000;

interface Kept {
  readonly path: string;
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly used: number;
}

/** Removes what was not used for longest until the rest is small enough. What another process removes meanwhile is gone as well. */
export async function prune({ modules, links, maxBytes, now, spare }: PruneOptions): Promise<void> {
  const kept = await listed(modules, now);
  let total = kept.reduce((sum, { size }) => sum + size, 0);
  for (const { path, size } of kept) {
    if (total <= maxBytes) break;
    if (path.endsWith(`/${spare}.wasm`)) continue;
    await rm(path, { force: true });
    total -= size;
  }
  const named = await listed(links, now);
  for (const { path } of named.slice(0, Math.max(0, named.length - MAX_LINKS))) await rm(path, { force: true });
}

/** A folder's files, those that were not used for longest first, without what was left half written. */
async function listed(folder: string, now: number): Promise<readonly Kept[]> {
  const kept: Kept[] = [];
  for (const name of await readdir(folder)) {
    const path = `${folder}/${name}`;
    const found = await stat(path).catch(() => undefined);
    if (found === undefined) continue;
    if (!name.endsWith(".part")) kept.push({ path, size: found.size, used: found.mtimeMs });
    else if (now - found.mtimeMs > ABANDONED) await rm(path, { force: true });
  }
  return kept.toSorted((a, b) => a.used - b.used);
}
