import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { importPKCS8, SignJWT } from "jose";
import { type DockerRegistry, dockerRegistryMissing, startDockerRegistry } from "#tests/support/docker-registry.ts";
import { messageOf } from "#tests/support/message-of.ts";
import { pushImage } from "#tests/support/oci-push.ts";
import { moduleOf, stage } from "./stage.ts";

const TLS = new URL("../../fixtures/tls/", import.meta.url).pathname;

describe.skipIf(dockerRegistryMissing !== undefined)("a registry with a password", () => {
  const username = "plugins";
  const password = "s3cret:pä$$";
  let registry: DockerRegistry;
  let url: string;
  beforeAll(async () => {
    registry = await startDockerRegistry({ username, password });
    const headers = { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}` };
    const layer = { mediaType: "application/wasm", bytes: moduleOf(30) };
    await pushImage({ host: registry.host, repository: "closed", headers }, "1", [layer]);
    url = `oci://${registry.host}/closed:1`;
  });
  afterAll(() => registry[Symbol.asyncDispose]());

  test("opens to user and password", async () => {
    const { source } = stage();
    expect((await source.load({ url, imagePullSecret: { username, password } })).bytes).toEqual(moduleOf(30));
  });

  test("opens to a Docker configuration", async () => {
    const auth = Buffer.from(`${username}:${password}`).toString("base64");
    for (const entry of [{ auth }, { username, password }]) {
      const dockerConfig = JSON.stringify({
        auths: { "elsewhere.test": { auth: "eDp5" }, [`https://${registry.host}/v2/`]: entry },
      });
      expect((await stage().source.load({ url, imagePullSecret: { dockerConfig } })).bytes).toEqual(moduleOf(30));
    }
  });

  test("stays closed to everybody else, and no password is told", async () => {
    const secrets = [
      undefined,
      { username, password: "wr0ng" },
      { dockerConfig: `{"auths":{"x.test":{"auth":"eDp5"}}}` },
    ];
    for (const imagePullSecret of secrets) {
      const loading = stage().source.load({ url, ...(imagePullSecret === undefined ? {} : { imagePullSecret }) });
      const error: unknown = await loading.catch((error: unknown) => error);
      expect(String(error)).toContain("access is refused (status 401); check the imagePullSecret.");
      expect(Bun.inspect(error)).not.toContain("wr0ng");
    }
  });

  test("is not asked with a Docker configuration that cannot be read, which is not quoted", async () => {
    for (const dockerConfig of ["s3cret", `{"auths":"s3cret"}`, `{"auths":{"${registry.host}":{"auth":"czNjcmV0"}}}`]) {
      const error: unknown = await stage()
        .source.load({ url, imagePullSecret: { dockerConfig } })
        .catch((error: unknown) => error);
      expect(String(error)).toContain("The imagePullSecret");
      expect(Bun.inspect(error)).not.toContain("s3cret");
    }
  });
});

describe.skipIf(dockerRegistryMissing !== undefined)("a registry that asks for tokens", () => {
  const asked: { readonly url: URL; readonly authorization: string | null; readonly form: string }[] = [];
  let tokens: Bun.Server<undefined>;
  let registry: DockerRegistry;
  let url: string;

  beforeAll(async () => {
    const key = await importPKCS8(await Bun.file(`${TLS}a.test.key.pem`).text(), "ES256");
    const certificate = (await Bun.file(`${TLS}a.test.pem`).text()).replaceAll(/-----[^-]+-----|\s/g, "");
    const sign = (actions: string[], repository: string): Promise<string> =>
      new SignJWT({ access: [{ type: "repository", name: repository, actions }], jti: "1" })
        .setProtectedHeader({ alg: "ES256", typ: "JWT", x5c: [certificate] })
        .setIssuer("issuer")
        .setAudience("registry")
        .setSubject("tests")
        .setNotBefore("-1m")
        .setIssuedAt()
        .setExpirationTime("5m")
        .sign(key);
    tokens = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      async fetch(request) {
        const [url, form] = [new URL(request.url), await request.text()];
        asked.push({ url, authorization: request.headers.get("authorization"), form });
        if (request.headers.get("authorization") === `Basic ${btoa("known:wrong")}`)
          return new Response("", { status: 401 });
        const wanted = url.searchParams.get("scope") ?? new URLSearchParams(form).get("scope") ?? "";
        return Response.json({ token: await sign(["pull"], wanted.split(":")[1] ?? "") });
      },
    });
    registry = await startDockerRegistry({
      realm: `http://127.0.0.1:${tokens.port}/token`,
      authority: `${TLS}a.test.pem`,
    });
    const headers = { authorization: `Bearer ${await sign(["pull", "push"], "guarded/one")}` };
    const layer = { mediaType: "application/wasm", bytes: moduleOf(40) };
    await pushImage({ host: registry.host, repository: "guarded/one", headers }, "1", [layer]);
    url = `oci://${registry.host}/guarded/one:1`;
  });
  afterAll(async () => {
    await tokens.stop(true);
    await registry[Symbol.asyncDispose]();
  });

  test("opens to strangers with a token that says so", async () => {
    asked.length = 0;
    expect((await stage().source.load({ url })).bytes).toEqual(moduleOf(40));
    expect(asked).toHaveLength(1);
    expect(asked[0]?.authorization).toBeNull();
    expect(asked[0]?.url.search).toBe("?service=registry&scope=repository%3Aguarded%2Fone%3Apull");
  });

  test("has the password sent to the token service alone", async () => {
    asked.length = 0;
    const imagePullSecret = { username: "known", password: "right" };
    expect((await stage().source.load({ url, imagePullSecret })).bytes).toEqual(moduleOf(40));
    expect(asked[0]?.authorization).toBe(`Basic ${btoa("known:right")}`);
  });

  test("takes an identity token for a refresh token, and a registry token as it is", async () => {
    asked.length = 0;
    const config = (entry: object): string => JSON.stringify({ auths: { [registry.host]: entry } });
    await stage().source.load({ url, imagePullSecret: { dockerConfig: config({ identitytoken: "refresh" }) } });
    expect(asked[0]?.form).toContain("grant_type=refresh_token&refresh_token=refresh");
    const refused = stage().source.load({
      url,
      imagePullSecret: { dockerConfig: config({ registrytoken: "n0t-valid" }) },
    });
    expect(await messageOf(refused)).toContain("access is refused (status 401)");
    expect(asked).toHaveLength(1);
  });

  test("stays closed when its token service refuses", async () => {
    const imagePullSecret = { username: "known", password: "wrong" };
    expect(await messageOf(stage().source.load({ url, imagePullSecret }))).toContain(
      `The token service http://127.0.0.1:${tokens.port}/token answered with status 401; check the imagePullSecret.`,
    );
  });
});
