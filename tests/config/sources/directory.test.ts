import { afterEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ResourceSet } from "#config/kubernetes/resource-set.ts";
import { DirectorySource } from "#config/sources/directory.ts";
import { systemClock } from "#src/core/clock.ts";
import { until } from "#tests/support/until.ts";

const open: { close(): Promise<void> }[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((source) => source.close()));
});

function service(name: string, port = 80): string {
  return `apiVersion: v1\nkind: Service\nmetadata: { name: ${name} }\nspec: { port: ${port} }\n`;
}

/** A folder that is watched, and the Services in it as `name:port`. */
async function watched(files: Readonly<Record<string, string>>): Promise<{
  readonly path: (name: string) => string;
  readonly services: () => string[];
  readonly source: DirectorySource;
}> {
  const root = mkdtempSync(join(tmpdir(), "sluice-resources-"));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(root, name, ".."), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  const set = new ResourceSet();
  const source = new DirectorySource(root, set, systemClock);
  open.push(source, { close: async () => rmSync(root, { recursive: true, force: true }) });
  await source.open(() => {});
  const services = (): string[] =>
    set.list("/Service").map(({ metadata, spec }) => `${metadata.name}:${(spec as { port: number }).port}`);
  return { path: (name) => join(root, name), services, source };
}

test("YAML and JSON files are read, in folders as well, hidden ones are not", async () => {
  const { services } = await watched({
    "a.yaml": service("a"),
    "deep/er/b.yml": service("b"),
    "c.json": JSON.stringify({ apiVersion: "v1", kind: "Service", metadata: { name: "c" }, spec: { port: 1 } }),
    ".hidden.yaml": service("h"),
    ".git/x.yaml": service("x"),
    "notes.txt": service("n"),
  });
  expect(services()).toEqual(["a:80", "b:80", "c:1"]);
});

test("what changes, comes and goes is seen", async () => {
  const { path, services } = await watched({ "a.yaml": service("a") });
  writeFileSync(path("a.yaml"), service("a", 81));
  await until("the change is seen", () => services().join() === "a:81");
  mkdirSync(path("new"));
  writeFileSync(path("new/b.yaml"), service("b"));
  await until("the new file is seen", () => services().join() === "a:81,b:80");
  rmSync(path("a.yaml"));
  await until("the removal is seen", () => services().join() === "b:80");
});

test("a link to a whole new state is followed, as Kubernetes mounts ConfigMaps", async () => {
  const { path, services } = await watched({ "..1/a.yaml": service("a"), "..2/a.yaml": service("a", 82) });
  expect(services()).toEqual([]);
  symlinkSync("..1", path("..data"));
  symlinkSync("..data/a.yaml", path("a.yaml"));
  await until("the file is seen", () => services().join() === "a:80");
  symlinkSync("..2", path("..next"));
  renameSync(path("..next"), path("..data"));
  await until("the new state is seen", () => services().join() === "a:82");
});

test("a file that is broken keeps what it had, and says where it is broken", async () => {
  const { path, services, source } = await watched({ "a.yaml": `${service("a")}---\n${service("b")}` });
  writeFileSync(path("a.yaml"), `${service("a")}---\nkind: [`);
  await until("the problem is told", () => source.problems.length > 0);
  expect(services()).toEqual(["a:80", "b:80"]);
  expect(source.problems[0]?.place).toBe("a.yaml:6");
  writeFileSync(path("a.yaml"), service("b", 2));
  await until("the mended file is read", () => services().join() === "b:2");
  expect(source.problems).toEqual([]);
});

test("of two files with the same object the first counts, and the other's takes over", async () => {
  const { path, services, source } = await watched({ "1.yaml": service("a", 1), "2.yaml": service("a", 2) });
  expect(services()).toEqual(["a:1"]);
  expect(source.problems).toEqual([
    { place: "2.yaml", message: "Service default/a is in 1.yaml already, and that counts" },
  ]);
  rmSync(path("1.yaml"));
  await until("the other one is used", () => services().join() === "a:2");
});

test("what is no folder is refused", async () => {
  const source = new DirectorySource(join(tmpdir(), "sluice-there-is-none"), new ResourceSet(), systemClock);
  expect(source.open(() => {})).rejects.toThrow("is no folder: --resources takes one");
});

test("a folder that comes or goes brings its files or takes them along, and no others", async () => {
  const { path, services } = await watched({ "a.yaml": service("a"), "more/b.yaml": service("b") });
  mkdirSync(path("new/deep"), { recursive: true });
  writeFileSync(path("new/deep/c.yaml"), service("c"));
  await until("the new folder is read", () => services().join() === "a:80,b:80,c:80");
  rmSync(path("more"), { recursive: true });
  await until("the folder is gone", () => services().join() === "a:80,c:80");
});
