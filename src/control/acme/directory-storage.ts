import { chmod, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { z } from "zod";
import { accountRecord, certificateRecord, triesRecord } from "./record.ts";
import type { Challenge } from "./record.ts";
import type { AcmeStorage } from "./storage.ts";

/**
 * Certificates in a folder of this machine, for one gateway alone: files that only its user may read. `scope` tells the certificates of
 * one authority from those of others.
 */
export function createDirectoryStorage(directory: string, scope: string): AcmeStorage {
  const challenges = new Map<string, Challenge>();
  const folder = join(directory, scope);
  const place = (kind: string, name: string): string => join(folder, `${kind}-${name.replace("*", "_")}.json`);
  const keyOf = ({ type, name, token }: Challenge): string => (type === "tls-alpn-01" ? `alpn ${name}` : token);

  return {
    durable: true,
    shared: false,
    certificate: (name) => read(place("certificate", name), certificateRecord),
    saveCertificate: (record) => write(place("certificate", record.name), record),
    tries: (name) => read(place("tries", name), triesRecord),
    saveTries: (name, tries) =>
      tries === undefined ? rm(place("tries", name), { force: true }) : write(place("tries", name), tries),
    account: () => read(join(folder, "account.json"), accountRecord),
    saveAccount: (account) => write(join(folder, "account.json"), account),
    async lease(name) {
      const before = await read(place("certificate", name), certificateRecord);
      const { signal } = new AbortController();
      return { fence: (before?.fence ?? 0) + 1, signal, release: () => Promise.resolve() };
    },
    async putUp(challenge) {
      challenges.set(keyOf(challenge), challenge);
    },
    async takeDown(challenge) {
      challenges.delete(keyOf(challenge));
    },
    answer: async (token) => challenges.get(token)?.value,
    alpn: async (name) => challenges.get(`alpn ${name}`),
    watch: () => Promise.resolve(() => Promise.resolve()),
  };
}

async function read<T>(file: string, schema: z.ZodType<T>): Promise<T | undefined> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if (typeof error === "object" && error !== null && "code" in error && error.code === "ENOENT") return undefined;
    throw new Error(`${file} cannot be read`, { cause: error });
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new Error(`${file} is not what Sluice has written; remove it to get another certificate`, { cause });
  }
}

/** Never half a file: it is written beside and moved. */
async function write(file: string, value: object): Promise<void> {
  const beside = `${file}.new`;
  try {
    await mkdir(join(file, ".."), { recursive: true, mode: 0o700 });
    await writeFile(beside, `${JSON.stringify(value, undefined, 2)}\n`, { mode: 0o600 });
    await chmod(beside, 0o600);
    await rename(beside, file);
  } catch (cause) {
    const denied = cause instanceof Error && cause.name === "NotCapable";
    const hint = denied ? ": start Deno with --allow-write for this folder" : "";
    throw new Error(`${file} cannot be written${hint}`, { cause });
  }
}
