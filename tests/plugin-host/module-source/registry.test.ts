import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { gzipSync } from "node:zlib";
import { messageOf } from "#tests/support/message-of.ts";
import { type DockerRegistry, dockerRegistryMissing, startDockerRegistry } from "#tests/support/docker-registry.ts";
import { digestOf, pushImage, pushManifest } from "#tests/support/oci-push.ts";
import { moduleOf, stage, tarOf } from "./stage.ts";

const TAR_GZ = "application/vnd.oci.image.layer.v1.tar+gzip";
const DOCKER_TAR_GZ = "application/vnd.docker.image.rootfs.diff.tar.gzip";
const DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";
const INDEX = "application/vnd.oci.image.index.v1+json";

const hex = (digest: string): string => digest.replace("sha256:", "");

describe.skipIf(dockerRegistryMissing !== undefined)("an open registry", () => {
  let registry: DockerRegistry;
  beforeAll(async () => {
    registry = await startDockerRegistry();
  });
  afterAll(() => registry[Symbol.asyncDispose]());

  test.each([
    ["a component", "application/wasm", moduleOf(1)],
    ["a module as Higress and Istio push it", "application/vnd.module.wasm.content.layer.v1+wasm", moduleOf(2)],
    ["an archive", TAR_GZ, gzipSync(tarOf("plugin.wasm", moduleOf(3)))],
    [
      "an archive that is not compressed",
      "application/vnd.oci.image.layer.v1.tar",
      tarOf("./plugin.wasm", moduleOf(4)),
    ],
  ])("gives %s", async (_, mediaType, bytes) => {
    const repository = "plugins/one";
    await pushImage({ host: registry.host, repository }, "1.0", [{ mediaType, bytes }]);
    const { source } = stage();
    const { bytes: module, sha256 } = await source.load({ url: `oci://${registry.host}/${repository}:1.0` });
    expect(module.length).toBe(moduleOf(0).length);
    expect(`sha256:${sha256}`).toBe(digestOf(module));
  });

  test("gives what a Docker image was made of last, among other layers and files", async () => {
    const archive = (mark: number): Uint8Array<ArrayBuffer> =>
      gzipSync(
        Buffer.concat([
          tarOf("README.md", Buffer.from("hello")).subarray(0, 1024),
          tarOf("plugin.wasm", moduleOf(mark)),
        ]),
      );
    const layers = [5, 6].map((mark) => ({ mediaType: DOCKER_TAR_GZ, bytes: archive(mark) }));
    const extra = { mediaType: DOCKER_TAR_GZ, bytes: gzipSync(tarOf("other.txt", Buffer.from("x"))) };
    await pushImage({ host: registry.host, repository: "docker" }, "v2", [...layers, extra], DOCKER_MANIFEST);
    const { bytes } = await stage().source.load({ url: `oci://${registry.host}/docker:v2` });
    expect(bytes).toEqual(moduleOf(6));
  });

  test("gives the image of an index that is made for WebAssembly", async () => {
    const target = { host: registry.host, repository: "index" };
    const manifests = await Promise.all(
      [
        { os: "linux", architecture: "amd64" },
        { os: "unknown", architecture: "unknown" },
        { os: "wasip2", architecture: "wasm" },
      ].map(async (platform, index) => {
        const layer = { mediaType: "application/wasm", bytes: moduleOf(10 + index) };
        const digest = await pushImage(target, `part-${index}`, [layer]);
        return {
          mediaType: "application/vnd.oci.image.manifest.v1+json",
          digest,
          size: await sizeOf(registry.host, digest),
          platform,
        };
      }),
    );
    const digest = await pushManifest(target, "all", INDEX, { schemaVersion: 2, mediaType: INDEX, manifests });
    const { source } = stage();
    expect((await source.load({ url: `oci://${registry.host}/index:all`, sha256: digest })).bytes).toEqual(
      moduleOf(12),
    );
    expect((await source.load({ url: `oci://${registry.host}/index@${digest}` })).bytes).toEqual(moduleOf(12));
  });

  test("is asked once for a tag, again with Always, and then only for the manifest", async () => {
    const target = { host: registry.host, repository: "policy" };
    const url = `oci://${registry.host}/policy:1`;
    const first = await pushImage(target, "1", [{ mediaType: "application/wasm", bytes: moduleOf(20) }]);
    const { source, requests } = stage();
    await source.load({ url });
    expect(requests).toHaveLength(2);
    await source.load({ url });
    await source.load({ url: `oci://${registry.host}/policy@${first}` });
    await source.load({ url, sha256: hex(first) });
    await source.load({ url, sha256: digestOf(moduleOf(20)) });
    expect(requests).toHaveLength(2);

    await source.load({ url, imagePullPolicy: "Always" });
    expect(requests.slice(2)).toEqual([`GET http://${registry.host}/v2/policy/manifests/1`]);
    await pushImage(target, "1", [{ mediaType: "application/wasm", bytes: moduleOf(21) }]);
    expect((await source.load({ url })).bytes).toEqual(moduleOf(20));
    expect((await source.load({ url, imagePullPolicy: "Always" })).bytes).toEqual(moduleOf(21));
    expect((await source.load({ url })).bytes).toEqual(moduleOf(21));
  });

  test("is asked each time for latest", async () => {
    const target = { host: registry.host, repository: "newest" };
    await pushImage(target, "latest", [{ mediaType: "application/wasm", bytes: moduleOf(22) }]);
    const { source } = stage();
    const url = `oci://${registry.host}/newest`;
    expect((await source.load({ url })).bytes).toEqual(moduleOf(22));
    await pushImage(target, "latest", [{ mediaType: "application/wasm", bytes: moduleOf(23) }]);
    expect((await source.load({ url })).bytes).toEqual(moduleOf(23));
    expect((await source.load({ url, imagePullPolicy: "IfNotPresent" })).bytes).toEqual(moduleOf(23));
  });

  test("that has something else than was configured is told", async () => {
    const target = { host: registry.host, repository: "other" };
    await pushImage(target, "1", [{ mediaType: "application/wasm", bytes: moduleOf(24) }]);
    await pushImage(target, "2", [{ mediaType: "text/plain", bytes: new TextEncoder().encode("hello") }]);
    await pushImage(target, "3", [{ mediaType: "application/wasm", bytes: new TextEncoder().encode("<html>") }]);
    await pushImage(target, "4", [{ mediaType: TAR_GZ, bytes: gzipSync(tarOf("main.wasm", moduleOf(1))) }]);
    await pushImage(target, "5", [{ mediaType: TAR_GZ, bytes: gzipSync(new Uint8Array(70 * 1024 * 1024)) }]);
    await pushImage(target, "6", [{ mediaType: TAR_GZ, bytes: moduleOf(1) }]);
    const { source, kept } = stage();
    const load = (tag: string, sha256?: string): Promise<unknown> =>
      source.load({ url: `oci://${registry.host}/other:${tag}`, ...(sha256 === undefined ? {} : { sha256 }) });
    expect(await messageOf(load("1", "0".repeat(64)))).toContain(`and ${"0".repeat(64)} is configured.`);
    expect(await messageOf(load("2"))).toContain("The image has no layer of WebAssembly, only text/plain.");
    expect(await messageOf(load("3"))).toContain("it is no WebAssembly.");
    expect(await messageOf(load("4"))).toContain("The image's layers hold no plugin.wasm.");
    expect(await messageOf(load("5"))).toContain("unpacks to more than the 67108864 bytes that are allowed");
    expect(await messageOf(load("6"))).toContain("The image's layer cannot be unpacked.");
    expect(await messageOf(load("7"))).toContain("there is no such thing (status 404); check repository and tag.");
    await Promise.allSettled(["1", "2", "3", "4", "5", "6", "7"].map((tag) => load(tag, "1".repeat(64))));
    expect(kept()).toEqual([]);
  });
});

async function sizeOf(host: string, digest: string): Promise<number> {
  const response = await fetch(`http://${host}/v2/index/manifests/${digest}`, {
    headers: { accept: "application/vnd.oci.image.manifest.v1+json" },
  });
  return (await response.bytes()).length;
}
