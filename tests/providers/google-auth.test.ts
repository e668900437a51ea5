import { describe, expect, test } from "bun:test";
import { exportPKCS8, exportSPKI, generateKeyPair, importSPKI, jwtVerify } from "jose";
import { googleTokens } from "#providers/auth/google.ts";
import { readGoogleKey } from "#providers/auth/google-key.ts";
import type { Fault } from "#src/core/fault.ts";
import { until } from "#tests/support/until.ts";

// Formats: https://developers.google.com/identity/protocols/oauth2/service-account and RFC 6749, sections 5 and 6.
const pair = await generateKeyPair("RS256", { extractable: true });
const PRIVATE = await exportPKCS8(pair.privateKey);
const PUBLIC = await importSPKI(await exportSPKI(pair.publicKey), "RS256");
const ACCOUNT = {
  type: "service_account",
  project_id: "my-project",
  private_key_id: "key-1",
  private_key: PRIVATE,
  client_email: "sluice@my-project.iam.gserviceaccount.com",
  client_id: "1234",
  token_uri: "https://oauth2.test/token",
};
const USER = {
  type: "authorized_user",
  client_id: "client.apps.googleusercontent.com",
  client_secret: "d-SECRET-client",
  refresh_token: "1//SECRET-refresh",
};
const START = 1_800_000_000_000;

/** A token server that answers with what `answers` says, in turn, and a good token after that. */
function setUp(key: object = ACCOUNT, answers: readonly (() => Response | Promise<Response>)[] = []) {
  const asked: { url: string; init: RequestInit }[] = [];
  let now = START;
  const token = googleTokens(readGoogleKey(JSON.stringify(key), "vertexAuthKey"), {
    refreshAhead: 60_000,
    world: {
      now: () => now,
      async fetch(url, init) {
        asked.push({ url, init });
        const answer = answers[asked.length - 1];
        return answer === undefined ? granted(`ya29.${asked.length}`) : await answer();
      },
    },
  });
  return {
    asked,
    token,
    pass: (milliseconds: number) => (now += milliseconds),
    form: (index: number) => new URLSearchParams(asked[index]?.init.body as string),
  };
}

function granted(access_token: string, expires_in = 3600): Response {
  return Response.json({ access_token, expires_in, token_type: "Bearer" });
}

function refusal(status: number, error: string): () => Response {
  return () => Response.json({ error, error_description: `Invalid JWT for ${ACCOUNT.client_email}` }, { status });
}

/** The Fault a token failed with, nothing of which may hold a secret. */
async function faultOf(token: () => Promise<string>): Promise<Fault> {
  try {
    await token();
  } catch (error) {
    const shown = Bun.inspect(error);
    expect(shown).not.toMatch(/SECRET|iam\.gserviceaccount|ya29/);
    expect(shown).not.toContain(PRIVATE.split("\n")[1]!);
    return error as Fault;
  }
  throw new Error("A token was given.");
}

describe("an exchange", () => {
  test("a service account signs for itself, as the public key proves", async () => {
    const { token, asked, form } = setUp();
    expect(await token()).toBe("ya29.1");
    expect(asked[0]).toMatchObject({
      url: "https://oauth2.test/token",
      init: { method: "POST", redirect: "manual", headers: { "content-type": "application/x-www-form-urlencoded" } },
    });
    expect(form(0).get("grant_type")).toBe("urn:ietf:params:oauth:grant-type:jwt-bearer");
    const { payload, protectedHeader } = await jwtVerify(form(0).get("assertion")!, PUBLIC, {
      currentDate: new Date(START),
    });
    expect(protectedHeader).toEqual({ alg: "RS256", typ: "JWT", kid: "key-1" });
    expect(payload).toEqual({
      iss: ACCOUNT.client_email,
      scope: "https://www.googleapis.com/auth/cloud-platform",
      aud: "https://oauth2.test/token",
      iat: START / 1000,
      exp: START / 1000 + 3600,
    });
  });

  test("a user's refresh token is traded in at Google's server", async () => {
    const { token, asked, form } = setUp(USER);
    expect(await token()).toBe("ya29.1");
    expect(asked[0]?.url).toBe("https://oauth2.googleapis.com/token");
    expect(Object.fromEntries(form(0))).toEqual({
      grant_type: "refresh_token",
      client_id: USER.client_id,
      client_secret: USER.client_secret,
      refresh_token: USER.refresh_token,
    });
  });
});

describe("a token", () => {
  test("is kept until shortly before its end, and then replaced while it is still good", async () => {
    const { token, asked, pass } = setUp();
    await token();
    pass(3_539_999);
    expect(await token()).toBe("ya29.1");
    expect(asked).toHaveLength(1);
    pass(1);
    expect(await token()).toBe("ya29.1");
    await until("the next token is there", async () => (await token()) === "ya29.2");
    expect(asked).toHaveLength(2);
  });

  test("is not used in its last moments", async () => {
    const { token, pass } = setUp();
    await token();
    pass(3_595_000);
    expect(await token()).toBe("ya29.2");
  });

  test("many that ask at once share one exchange", async () => {
    const { token, asked, pass } = setUp();
    expect(new Set(await Promise.all(Array.from({ length: 50 }, token)))).toEqual(new Set(["ya29.1"]));
    pass(3_600_000);
    expect(new Set(await Promise.all(Array.from({ length: 50 }, token)))).toEqual(new Set(["ya29.2"]));
    expect(asked).toHaveLength(2);
  });

  test("without a life lasts an hour", async () => {
    const { token, asked, pass } = setUp(ACCOUNT, [() => Response.json({ access_token: "ya29.a" })]);
    await token();
    pass(3_539_999);
    await token();
    expect(asked).toHaveLength(1);
  });
});

describe("a failure", () => {
  test.each([
    ["a refused key", refusal(400, "invalid_grant"), "no_credential", "status 400, invalid_grant"],
    ["an unknown client", refusal(401, "invalid_client"), "no_credential", "status 401, invalid_client"],
    ["words that are no code", refusal(400, "ya29.SECRET"), "no_credential", "status 400"],
    [
      "too many exchanges",
      refusal(429, "rate_limited"),
      "upstream_unreachable",
      "Token exchange: status 429, rate_limited.",
    ],
    [
      "a server that fails",
      () => new Response("<html>", { status: 503 }),
      "upstream_unreachable",
      "Token exchange: status 503.",
    ],
    ["a redirect", () => new Response(null, { status: 302 }), "upstream_unreachable", "Token exchange: status 302."],
    [
      "no token",
      () => Response.json({ id_token: "ya29.SECRET" }),
      "upstream_unreachable",
      "Token exchange: status 200, no token.",
    ],
    [
      "a token no header may hold",
      () => granted("ya29.SECRET\nx"),
      "upstream_unreachable",
      "Token exchange: status 200, no token.",
    ],
    [
      "no network",
      () => Promise.reject(new TypeError("connect ECONNREFUSED")),
      "upstream_unreachable",
      "Token exchange: no answer.",
    ],
  ] as const)("%s is told as what it is, and not kept", async (_name, answer, code, cause) => {
    const { token, asked } = setUp(ACCOUNT, [answer]);
    const fault = await faultOf(token);
    expect(fault).toMatchObject({ code, retryable: true });
    expect((fault.cause as Error).message).toBe(cause);
    expect(await token()).toBe("ya29.2");
    expect(asked).toHaveLength(2);
  });

  test("reaches everybody who waited", async () => {
    const { token, asked } = setUp(ACCOUNT, [refusal(400, "invalid_grant")]);
    const all = await Promise.allSettled([token(), token(), token()]);
    expect(all.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
    expect(asked).toHaveLength(1);
  });

  test("of a replacement hurts nobody while the old token is good", async () => {
    const { token, asked, pass } = setUp(ACCOUNT, [() => granted("ya29.a"), refusal(500, "internal")]);
    await token();
    pass(3_550_000);
    expect(await token()).toBe("ya29.a");
    await until("a second try succeeds", async () => (await token()) === "ya29.3");
    expect(asked).toHaveLength(3);
  });

  test("a private key that is none", async () => {
    const broken = {
      ...ACCOUNT,
      private_key: "-----BEGIN PRIVATE KEY-----\nSECRETSECRET\n-----END PRIVATE KEY-----\n",
    };
    expect(await faultOf(setUp(broken).token)).toMatchObject({ code: "no_credential" });
  });
});

describe("a key file", () => {
  test.each([
    ["SECRET {", "vertexAuthKey is not JSON; it takes the content of a key file, not its path."],
    ['"SECRET"', "vertexAuthKey is no key file of a service account or an authorized user: not an object."],
    [JSON.stringify({ ...ACCOUNT, type: "SECRET" }), "missing or wrong in: type."],
    [
      JSON.stringify({ ...ACCOUNT, private_key: "SECRET", client_email: undefined }),
      "wrong in: client_email, private_key.",
    ],
    [JSON.stringify({ ...ACCOUNT, token_uri: "file:///SECRET" }), "missing or wrong in: token_uri."],
    [JSON.stringify({ ...ACCOUNT, project_id: "../SECRET" }), "missing or wrong in: project_id."],
    [JSON.stringify({ ...USER, refresh_token: "" }), "missing or wrong in: refresh_token."],
  ])("refused without a word of it: %#", (text, message) => {
    expect(() => readGoogleKey(text, "vertexAuthKey")).toThrow(message);
    expect(() => readGoogleKey(text, "vertexAuthKey")).not.toThrow(/SECRET/);
  });
});
