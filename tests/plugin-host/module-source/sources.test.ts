import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { messageOf } from "#tests/support/message-of.ts";
import { temporaryFile, temporaryFolder } from "#tests/support/temporary-file.ts";
import { digestOf } from "#tests/support/oci-push.ts";
import { moduleOf, stage } from "./stage.ts";

const DIGEST = digestOf(moduleOf(1)).slice(7);

describe("files", () => {
  const path = temporaryFile("", "plugin one.wasm");
  writeFileSync(path, moduleOf(1));

  test("are read by absolute and by relative URLs", async () => {
    const { source } = stage({ folder: dirname(path) });
    for (const url of [
      `file://${encodeURI(path)}`,
      `file:${encodeURI(path)}`,
      "file:plugin%20one.wasm",
      "file:./plugin one.wasm",
    ]) {
      expect(await source.load({ url, sha256: `sha256:${DIGEST.toUpperCase()}` })).toEqual({
        bytes: moduleOf(1),
        sha256: DIGEST,
      });
    }
  });

  test("that are missing, too large, changed or something else are told", async () => {
    const { source } = stage({ folder: dirname(path) });
    const text = temporaryFile("export default 1;", "plugin.ts");
    expect(await messageOf(source.load({ url: "file:other.wasm" }))).toContain(
      "The module file:other.wasm cannot be loaded: there is no such file.",
    );
    expect(await messageOf(source.load({ url: `file://${text}` }))).toContain("it is no WebAssembly.");
    expect(await messageOf(source.load({ url: "file:plugin one.wasm", sha256: "0".repeat(64) }))).toContain(
      `it has the SHA-256 ${DIGEST}, and ${"0".repeat(64)} is configured.`,
    );
    expect(await messageOf(stage({ maxModuleBytes: 10 }).source.load({ url: `file://${encodeURI(path)}` }))).toContain(
      "it has 14 bytes, and 10 are allowed.",
    );
  });

  test("and everything else need a URL and a digest that are ones", async () => {
    const { source } = stage();
    for (const url of ["plugin.wasm", "ftp://x/plugin.wasm", "", "data:application/wasm,"]) {
      expect(await messageOf(source.load({ url }))).toContain("has to begin with file:, http:, https: or oci://.");
    }
    expect(await messageOf(source.load({ url: "file:x", sha256: "abc" }))).toContain(
      "has to be 64 hexadecimal digits.",
    );
  });
});

describe("downloads", () => {
  const url = "https://user:p%40ss@files.test/plugin.wasm?token=s3cret";

  test("show user and password in a header, and neither they nor the query in errors", async () => {
    const seen: unknown[] = [];
    const { source } = stage({
      fetch: async (url, init) => {
        seen.push([url, new Headers(init.headers).get("authorization")]);
        return new Response(moduleOf(1));
      },
    });
    expect((await source.load({ url })).bytes).toEqual(moduleOf(1));
    expect(seen).toEqual([["https://files.test/plugin.wasm?token=s3cret", `Basic ${btoa("user:p@ss")}`]]);
    const failing = stage({ fetch: async () => new Response("", { status: 403 }) }).source.load({ url });
    expect(await messageOf(failing)).toContain(
      "The module https://files.test/plugin.wasm cannot be loaded: the server answered with status 403.",
    );
  });

  test("are made each time, but for those with a digest or a policy", async () => {
    const { source, requests, kept } = stage({ fetch: async () => new Response(moduleOf(1)) });
    await source.load({ url });
    await source.load({ url });
    expect(requests).toHaveLength(2);
    expect(kept()).toEqual([]);
    await source.load({ url, sha256: DIGEST });
    await source.load({ url, sha256: DIGEST });
    await source.load({ url: "https://elsewhere.test/", sha256: DIGEST });
    await source.load({ url, imagePullPolicy: "IfNotPresent" });
    expect(requests).toHaveLength(3);
    expect(kept()).toEqual([`${DIGEST}.wasm`]);
  });
});

describe("the cache on disk", () => {
  const fetch = async (url: string): Promise<Response> =>
    new Response(moduleOf(Number(new URL(url).pathname.slice(1))));
  const load = (of: ReturnType<typeof stage>, mark: number): Promise<unknown> =>
    of.source.load({ url: `https://files.test/${mark}`, sha256: digestOf(moduleOf(mark)) });

  test("is nobody else's to read", async () => {
    const one = stage({ fetch });
    await load(one, 1);
    expect(statSync(join(one.folder, "modules")).mode & 0o777).toBe(0o700);
    expect(statSync(join(one.folder, "modules", `${DIGEST}.wasm`)).mode & 0o777).toBe(0o600);
  });

  test("is shared by processes that load the same at once", async () => {
    const cacheFolder = join(temporaryFolder(), "shared");
    const stages = Array.from({ length: 8 }, () => stage({ fetch, cacheFolder }));
    await Promise.all(stages.flatMap((one) => [load(one, 1), load(one, 2)]));
    expect(stages.flatMap(({ warnings }) => warnings)).toEqual([]);
    expect(stages[0]?.kept()).toHaveLength(2);
    const later = stage({ fetch, cacheFolder });
    await load(later, 1);
    expect(later.requests).toEqual([]);
  });

  test("does not give what has changed on disk", async () => {
    const one = stage({ fetch });
    await load(one, 1);
    writeFileSync(join(one.folder, "modules", `${DIGEST}.wasm`), moduleOf(2));
    for (const link of readdirSync(join(one.folder, "links"))) writeFileSync(join(one.folder, "links", link), "{");
    await load(one, 1);
    expect(one.requests).toHaveLength(2);
    await load(one, 1);
    await one.source.load({ url: "https://files.test/1", imagePullPolicy: "IfNotPresent" });
    expect(one.requests).toHaveLength(2);
  });

  test("loses what was not used for longest, and what nobody finished", async () => {
    const one = stage({ fetch, maxCacheBytes: 3 * moduleOf(0).length });
    for (const mark of [1, 2, 3]) await load(one, mark);
    const path = (mark: number): string => join(one.folder, "modules", `${digestOf(moduleOf(mark)).slice(7)}.wasm`);
    for (const mark of [1, 2, 3]) utimesSync(path(mark), mark, mark);
    for (const [name, age] of [
      ["old", 7200],
      ["new", 60],
    ] as const) {
      const part = join(one.folder, "modules", `${name}.part`);
      writeFileSync(part, "");
      utimesSync(part, Date.now() / 1000 - age, Date.now() / 1000 - age);
    }
    await load(one, 1);
    await load(one, 4);
    expect([1, 2, 3, 4].map((mark) => existsSync(path(mark)))).toEqual([true, false, true, true]);
    expect(one.kept().filter((name) => name.endsWith(".part"))).toEqual(["new.part"]);
  });

  test("that cannot be written is told and done without", async () => {
    const folder = temporaryFile("a file, no folder", "cache");
    const one = stage({ fetch, cacheFolder: folder });
    await load(one, 1);
    expect(one.warnings).toEqual([`A plugin's module cannot be kept in ${folder}: ENOTDIR.`]);
  });

  test("keeps the newest module even if it alone is too large", async () => {
    const one = stage({ fetch, maxCacheBytes: 1 });
    mkdirSync(one.folder);
    await load(one, 1);
    await load(one, 2);
    expect(one.kept()).toEqual([`${digestOf(moduleOf(2)).slice(7)}.wasm`]);
  });
});
