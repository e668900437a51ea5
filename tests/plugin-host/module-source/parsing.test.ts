import { describe, expect, test } from "bun:test";
import { array, assert, constantFrom, nat, property, record, stringMatching, uint8Array } from "fast-check";
import { defaultCacheFolder } from "#src/plugin-host/module-source/cache-folder.ts";
import { parseImageReference, registryOrigin } from "#src/plugin-host/module-source/image-reference.ts";
import { shownUrl } from "#src/plugin-host/module-source/reference.ts";
import { parseChallenges } from "#src/plugin-host/module-source/registry-auth.ts";
import { findInTar } from "#src/plugin-host/module-source/tar.ts";
import { tarOf } from "./stage.ts";

const DIGEST = "a".repeat(64);

describe("image references", () => {
  test.each([
    ["oci://ghcr.io/org/plugin:1.0", "ghcr.io", "org/plugin", "1.0", undefined],
    ["oci://ghcr.io/org/plugin", "ghcr.io", "org/plugin", "latest", undefined],
    [`oci://ghcr.io/org/plugin@sha256:${DIGEST}`, "ghcr.io", "org/plugin", "latest", DIGEST],
    [`oci://ghcr.io/org/plugin:1@sha256:${DIGEST.toUpperCase()}`, "ghcr.io", "org/plugin", "1", DIGEST],
    ["oci://localhost:5000/a/b/c:x_1", "localhost:5000", "a/b/c", "x_1", undefined],
    ["oci://localhost/a", "localhost", "a", "latest", undefined],
    ["oci://[::1]:5000/a:1", "[::1]:5000", "a", "1", undefined],
    ["oci://docker.io/redis", "docker.io", "library/redis", "latest", undefined],
    ["oci://org/plugin:1", "docker.io", "org/plugin", "1", undefined],
    ["oci://plugin:1", "docker.io", "library/plugin", "1", undefined],
    [
      "oci://higress-registry.cn-hangzhou.cr.aliyuncs.com/plugins/key-auth:1.0.0",
      "higress-registry.cn-hangzhou.cr.aliyuncs.com",
      "plugins/key-auth",
      "1.0.0",
      undefined,
    ],
  ])("%s", (url, registry, repository, tag, digest) => {
    expect(parseImageReference(url)).toEqual({ registry, repository, tag, digest });
  });

  test.each([
    ["oci://", "has to be oci://host/repository:tag"],
    ["oci://ghcr.io/", "names no repository"],
    ["oci://ghcr.io/Org/Plugin", "its letters have to be lower case"],
    ["oci://ghcr.io/org/../x", "names no repository"],
    ["oci://user:pass@ghcr.io/x", "The image's"],
    [`oci://ghcr.io/x@sha512:${DIGEST}`, "has to be sha256: and 64 hexadecimal digits"],
    ["oci://ghcr.io/x@sha256:abc", "has to be sha256: and 64 hexadecimal digits"],
    ["oci://gh..io?x/y", "names no registry host"],
  ])("%s is none", (url, message) => {
    expect(() => parseImageReference(url)).toThrow(message);
  });

  test("are read back as they are written", () => {
    const parts = record({
      registry: constantFrom("ghcr.io", "localhost:5000", "10.0.0.1", "r.example.com:443"),
      repository: array(stringMatching(/^[a-z0-9]{1,8}(?:[._-][a-z0-9]{1,4})?$/), { minLength: 1, maxLength: 4 }),
      tag: stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}$/),
    });
    assert(
      property(parts, ({ registry, repository, tag }) => {
        const path = repository.join("/");
        expect(parseImageReference(`oci://${registry}/${path}:${tag}`)).toEqual({
          registry,
          repository: path,
          tag,
          digest: undefined,
        });
      }),
    );
  });

  test("are asked in plain HTTP on this machine, or if that is wanted", () => {
    expect(registryOrigin("ghcr.io", false)).toBe("https://ghcr.io");
    expect(registryOrigin("ghcr.io", true)).toBe("http://ghcr.io");
    expect(registryOrigin("localhost:5000", false)).toBe("http://localhost:5000");
    expect(registryOrigin("127.0.0.1:5000", false)).toBe("http://127.0.0.1:5000");
    expect(registryOrigin("[::1]:5000", false)).toBe("http://[::1]:5000");
    expect(registryOrigin("localhost.example.com", false)).toBe("https://localhost.example.com");
    expect(registryOrigin("docker.io", false)).toBe("https://registry-1.docker.io");
  });
});

describe("challenges", () => {
  test.each([
    [
      'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push"',
      [
        {
          scheme: "bearer",
          parameters: {
            realm: "https://auth.docker.io/token",
            service: "registry.docker.io",
            scope: "repository:a/b:pull,push",
          },
        },
      ],
    ],
    ['Basic realm="a \\"quoted\\" one"', [{ scheme: "basic", parameters: { realm: 'a "quoted" one' } }]],
    [
      "Negotiate, BASIC realm=x, Bearer realm=y",
      [
        { scheme: "negotiate", parameters: {} },
        { scheme: "basic", parameters: { realm: "x" } },
        { scheme: "bearer", parameters: { realm: "y" } },
      ],
    ],
    ["", []],
  ])("%s", (header, challenges) => {
    expect(parseChallenges(header)).toEqual(challenges);
  });

  test("of any length are read in no time", () => {
    const text = array(constantFrom('"', "\\", "=", ",", " ", "a", "Bearer ", 'x="'), { maxLength: 2000 });
    assert(
      property(text, (parts) => parseChallenges(parts.join("")).length >= 0),
      { numRuns: 50 },
    );
    expect(parseChallenges("a".repeat(200_000))).toHaveLength(1);
    expect(parseChallenges(`x="${"\\".repeat(200_000)}`)).toHaveLength(0);
  });
});

describe("tar archives", () => {
  test("give a file's content, wherever it stands", () => {
    const name = stringMatching(/^[a-z]{1,10}\.txt$/);
    const file = record({ name, content: uint8Array({ maxLength: 2000 }) });
    assert(
      property(
        array(file, { maxLength: 5 }),
        array(file, { maxLength: 5 }),
        uint8Array({ maxLength: 2000 }),
        (before, after, content) => {
          const entries = [...before, { name: "some/where/plugin.wasm", content }, ...after];
          const archive = Buffer.concat([
            ...entries.map((entry) => tarOf(entry.name, entry.content).slice(0, -1024)),
            new Uint8Array(1024),
          ]);
          expect(findInTar(archive, "plugin.wasm")).toEqual(content);
          expect(findInTar(archive, "absent")).toBeUndefined();
        },
      ),
    );
  });

  test("that are damaged give an Error, or what still is whole", () => {
    const sound = tarOf("plugin.wasm", new Uint8Array(600));
    assert(
      property(nat(sound.length - 1), nat(255), nat(sound.length), (at, byte, length) => {
        const broken = sound.slice(0, length);
        if (at < broken.length) broken[at] = byte;
        try {
          const found = findInTar(broken, "plugin.wasm");
          expect(found === undefined || found.length === 600).toBe(true);
        } catch (error) {
          expect(String(error)).toContain("The image's");
        }
      }),
      { numRuns: 500 },
    );
  });

  test("whose folders and links have the name are passed", () => {
    const archive = tarOf("plugin.wasm", new Uint8Array(0));
    archive[156] = 0x35;
    archive.set(new TextEncoder().encode("        "), 148);
    const sum = archive.subarray(0, 512).reduce((total, byte) => total + byte, 0);
    archive.set(new TextEncoder().encode(`${sum.toString(8).padStart(6, "0")}\0 `), 148);
    expect(findInTar(archive, "plugin.wasm")).toBeUndefined();
  });
});

describe("what is shown and where things are", () => {
  test("a URL has no secret left", () => {
    expect(shownUrl("https://user:pass@host/path?x=1#y")).toBe("https://host/path");
    expect(shownUrl("https://user:p@ss@host/path@2")).toBe("https://host/path@2");
    expect(shownUrl("oci://host/repository@sha256:0")).toBe("oci://host/repository@sha256:0");
  });

  test("the cache is where XDG says", () => {
    expect(defaultCacheFolder({ XDG_CACHE_HOME: "/var/cache" })).toBe("/var/cache/sluice/modules");
    expect(defaultCacheFolder({ XDG_CACHE_HOME: "relative" })).toEndWith("/.cache/sluice/modules");
    expect(defaultCacheFolder({})).toEndWith("/.cache/sluice/modules");
  });
});
