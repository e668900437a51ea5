import { describe, expect, test } from "bun:test";
import { messageOf } from "#tests/support/message-of.ts";
import { FakeClock } from "#tests/support/fake-clock.ts";
import { digestOf } from "#tests/support/oci-push.ts";
import { within } from "#tests/support/until.ts";
import { moduleOf, stage } from "./stage.ts";

const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const INDEX = "application/vnd.oci.image.index.v1+json";

type Answer = (url: URL, init: RequestInit) => Response | Promise<Response>;

/** What a request is answered, by the end of its path. */
function answering(answers: Readonly<Record<string, Answer>>): (url: string, init: RequestInit) => Promise<Response> {
  return async (text, init) => {
    const url = new URL(text);
    const found = Object.entries(answers).find(([end]) => url.pathname.endsWith(end));
    return found === undefined ? new Response("", { status: 404 }) : found[1](url, init);
  };
}

const layer = (bytes: Uint8Array, size = bytes.length): object => ({
  mediaType: "application/wasm",
  digest: digestOf(bytes),
  size,
});
const layerFor = (architecture: string): object => ({ ...layer(moduleOf(1)), platform: { os: "linux", architecture } });
const manifest = (body: object, type = MANIFEST): Response =>
  new Response(JSON.stringify(body), { headers: { "content-type": type } });
const image: Answer = () => manifest({ layers: [layer(moduleOf(1))] });
const BLOB = digestOf(moduleOf(1));
const URL_OF_IMAGE = "oci://registry.test/plugins/one:1";

describe("a registry that misbehaves", () => {
  test.each<readonly [string, Readonly<Record<string, Answer>>, string]>([
    [
      "gives another layer than was asked for",
      { "/manifests/1": image, [BLOB]: () => new Response(moduleOf(2)) },
      `The image's layer ${BLOB} is not what its digest says.`,
    ],
    [
      "announces too large a layer",
      { "/manifests/1": () => manifest({ layers: [layer(moduleOf(1), 2 ** 40)] }) },
      "has 1099511627776 bytes, and 67108864 are allowed.",
    ],
    [
      "gives a layer without an end",
      { "/manifests/1": image, [BLOB]: () => new Response(endless()) },
      "is larger than the 67108864 bytes that are allowed.",
    ],
    [
      "breaks off",
      { "/manifests/1": image, [BLOB]: () => new Response(breaking()) },
      "broke off after 4 bytes: the line is dead.",
    ],
    [
      "gives no JSON",
      { "/manifests/1": () => new Response("<html>") },
      "The image's manifest is of a kind that is not supported",
    ],
    [
      "gives half a manifest",
      { "/manifests/1": () => manifest({ layers: [{}] }) },
      "The image's manifest cannot be read.",
    ],
    [
      "gives a manifest of Docker's first version",
      { "/manifests/1": () => manifest({ fsLayers: [] }, "application/vnd.docker.distribution.manifest.v1+prettyjws") },
      "The image's manifest is of a kind that is not supported (application/vnd.docker.distribution.manifest.v1+prettyjws).",
    ],
    [
      "gives digests of another kind",
      {
        "/manifests/1": () =>
          manifest({ layers: [{ mediaType: "application/wasm", digest: `sha512:${"0".repeat(128)}`, size: 1 }] }),
      },
      "The image's layer has a digest that is not SHA-256.",
    ],
    [
      "has images for other platforms alone",
      {
        "/manifests/1": () =>
          manifest(
            {
              manifests: ["arm64", "s390x"].map((architecture) => layerFor(architecture)),
            },
            INDEX,
          ),
      },
      "The image's index has no image for wasm or linux/amd64, only linux/arm64, linux/s390x; name one by its digest.",
    ],
    [
      "is out of order",
      { "/manifests/1": () => new Response("", { status: 500 }) },
      "the registry answered with status 500.",
    ],
    [
      "is overloaded for good",
      { "/manifests/1": () => new Response("", { status: 503 }) },
      "the registry answered with status 503.",
    ],
    [
      "sends round in circles",
      { "/manifests/1": (url) => new Response("", { status: 307, headers: { location: url.href } }) },
      "redirects more than 5 times.",
    ],
    [
      "redirects to plain HTTP",
      { "/manifests/1": () => new Response("", { status: 307, headers: { location: "http://registry.test/x" } }) },
      "redirects from https to http",
    ],
    [
      "wants a token from plain HTTP",
      { "/manifests/1": () => refusal('Bearer realm="http://tokens.test/",service="x"') },
      "names no https address where one can be had",
    ],
    [
      "wants a token from nowhere",
      { "/manifests/1": () => refusal('Bearer realm="https://tokens.test/none"') },
      "The token service https://tokens.test/none answered with status 404",
    ],
    [
      "has a token service without tokens",
      { "/manifests/1": () => refusal('Bearer realm="https://tokens.test/token"'), "/token": () => new Response("{}") },
      "The token service https://tokens.test/token answered without a token.",
    ],
    [
      "wants something unheard of",
      { "/manifests/1": () => refusal('Negotiate oid="1.2"') },
      "access is refused (status 401)",
    ],
  ])("and %s", async (_, answers, message) => {
    const { source, kept } = stage({ fetch: answering(answers) });
    expect(await messageOf(source.load({ url: URL_OF_IMAGE }))).toContain(message);
    expect(kept()).toEqual([]);
  });

  test("is asked again when it cannot be reached or is overloaded", async () => {
    let failures = 0;
    const fetch = answering({
      "/manifests/1": (url, init) => {
        failures += 1;
        if (failures === 1) throw Object.assign(new Error("refused"), { code: "ECONNREFUSED" });
        return failures === 2 ? new Response("", { status: 503 }) : image(url, init);
      },
      [BLOB]: () => new Response(moduleOf(1)),
    });
    expect((await stage({ fetch }).source.load({ url: URL_OF_IMAGE })).bytes).toEqual(moduleOf(1));
  });

  test("that cannot be reached is named", async () => {
    const fetch = async (): Promise<Response> => {
      throw Object.assign(new Error("no"), { code: "ECONNREFUSED" });
    };
    expect(await messageOf(stage({ fetch }).source.load({ url: URL_OF_IMAGE }))).toContain(
      `The module ${URL_OF_IMAGE} cannot be loaded: https://registry.test/v2/plugins/one/manifests/1 cannot be reached: ECONNREFUSED.`,
    );
  });

  test("is given up when it takes too long, also between two attempts", async () => {
    const clock = new FakeClock();
    const asked = Promise.withResolvers<void>();
    const silent = (_: string, init: RequestInit): Promise<Response> =>
      new Promise((_, reject) => {
        asked.resolve();
        init.signal?.addEventListener("abort", () => reject(new Error("aborted")));
      });
    const loading = stage({ clock, fetch: silent }).source.load({ url: URL_OF_IMAGE });
    await asked.promise;
    clock.advance(60_000);
    expect(await messageOf(loading)).toContain("it took longer than 60 seconds.");
    expect(clock.pending).toBe(0);

    const busy = Promise.withResolvers<void>();
    const overloaded = async (): Promise<Response> => {
      setTimeout(() => busy.resolve(), 0);
      return new Response("", { status: 503 });
    };
    const controller = new AbortController();
    const pausing = stage({ clock, fetch: overloaded }).source.load({ url: URL_OF_IMAGE }, controller.signal);
    await busy.promise;
    controller.abort(new Error("nobody wants it any more."));
    expect(await messageOf(within("the end", pausing))).toContain("nobody wants it any more.");
    expect(clock.pending).toBe(0);
  });

  test("shows its credentials to no other host", async () => {
    const seen: (readonly [string, string | null])[] = [];
    const fetch = answering({
      "/manifests/1": (url, init) => {
        const authorization = new Headers(init.headers).get("authorization");
        seen.push([url.host, authorization]);
        return authorization === null ? refusal("Basic realm=x") : image(url, init);
      },
      [BLOB]: (url, init) => {
        seen.push([url.host, new Headers(init.headers).get("authorization")]);
        if (url.host === "registry.test") {
          return new Response("", { status: 307, headers: { location: `https://blobs.test/${BLOB}` } });
        }
        return new Response(moduleOf(1));
      },
    });
    const imagePullSecret = { username: "me", password: "secret" };
    await stage({ fetch }).source.load({ url: URL_OF_IMAGE, imagePullSecret });
    const shown = `Basic ${btoa("me:secret")}`;
    expect(seen).toEqual([
      ["registry.test", null],
      ["registry.test", shown],
      ["registry.test", shown],
      ["blobs.test", null],
    ]);
  });
});

function refusal(challenge: string): Response {
  return new Response("", { status: 401, headers: { "www-authenticate": challenge } });
}

function endless(): ReadableStream<Uint8Array> {
  return new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(1024 * 1024)) });
}

function breaking(): ReadableStream<Uint8Array> {
  let sent = false;
  return new ReadableStream({
    pull(controller) {
      if (sent) throw new Error("the line is dead");
      sent = true;
      controller.enqueue(new Uint8Array(4));
    },
  });
}
