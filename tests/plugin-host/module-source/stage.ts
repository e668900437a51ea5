import { readdirSync } from "node:fs";
import { join } from "node:path";
import { createModuleSource, type ModuleSource, type ModuleSourceOptions } from "#src/plugin-host/module-source.ts";
import { systemClock } from "#src/core/clock.ts";
import { temporaryFolder } from "#tests/support/temporary-file.ts";

/** The smallest module, with something to tell it from others. */
export function moduleOf(mark: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 0, 4, 1, 0x6d, mark & 0xff, (mark >> 8) & 0xff);
}

/** A source with a cache of its own, and what it did. */
export interface Stage {
  readonly source: ModuleSource;
  readonly folder: string;
  /** Method and URL of each request. */
  readonly requests: string[];
  readonly warnings: string[];
  /** The modules that are on the disk. */
  readonly kept: () => readonly string[];
}

/** A source in a folder of its own. Pauses take no time. */
export function stage(options: Partial<ModuleSourceOptions> = {}): Stage {
  const folder = options.cacheFolder ?? join(temporaryFolder(), "cache");
  const requests: string[] = [];
  const warnings: string[] = [];
  const { fetch = globalThis.fetch } = options;
  const source = createModuleSource({
    clock: { ...systemClock, after: (delay, run) => systemClock.after(delay < 60_000 ? 0 : delay, run) },
    folder: "/",
    cacheFolder: folder,
    warn: (message) => warnings.push(message),
    ...options,
    fetch(url, init) {
      requests.push(`${init.method ?? "GET"} ${url}`);
      return fetch(url, init);
    },
  });
  return { source, folder, requests, warnings, kept: () => listed(join(folder, "modules")) };
}

function listed(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

/** A tar archive with one file. */
export function tarOf(name: string, content: Uint8Array): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(512);
  const put = (text: string, at: number): void => header.set(new TextEncoder().encode(text), at);
  put(name, 0);
  put("0000644\0", 100);
  put(`${content.length.toString(8).padStart(11, "0")}\0`, 124);
  put("00000000000\0", 136);
  put("        ", 148);
  put("0ustar\0", 156);
  put(
    `${header
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, "0")}\0 `,
    148,
  );
  const archive = new Uint8Array(512 + Math.ceil(content.length / 512) * 512 + 1024);
  archive.set(header);
  archive.set(content, 512);
  return archive;
}
