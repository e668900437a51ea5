import { X509Certificate } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import * as acme from "acme-client";
import { AcmeAuthority } from "#src/control/acme/acme-authority.ts";
import { type AccountKeeper, AuthorityError, type AuthorityOptions, type Solver } from "#src/control/acme/authority.ts";
import { challengeBoard } from "#src/control/acme/challenge-board.ts";
import { createDirectoryStorage } from "#src/control/acme/directory-storage.ts";
import { type DnsHook, webHook } from "#src/control/acme/dns-hook.ts";
import type { AccountRecord, Challenge } from "#src/control/acme/record.ts";
import { systemClock } from "#src/core/clock.ts";
import type { Listening } from "#src/core/host.ts";
import { bunHost } from "#src/serve/bun.ts";
import { messageOf } from "#tests/support/message-of.ts";
import { authorityOf, certificateOf } from "#tests/support/certificates.ts";
import { type Pebble, PEBBLE_AUTHORITY, pebbleMissing, startPebble } from "#tests/support/pebble.ts";
import { temporaryFolder } from "#tests/support/temporary-file.ts";

if (pebbleMissing !== undefined) console.warn(pebbleMissing);

class Keeper implements AccountKeeper {
  record: AccountRecord | undefined;
  account = (): Promise<AccountRecord | undefined> => Promise.resolve(this.record);
  saveAccount = async (account: AccountRecord): Promise<void> => void (this.record = account);
}

const never = new AbortController().signal;

async function failureOf(issue: Promise<unknown>): Promise<AuthorityError> {
  const outcome = await issue.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (outcome instanceof AuthorityError) return outcome;
  throw new Error(`no AuthorityError but ${String(outcome)}`);
}

describe.skipIf(pebbleMissing !== undefined)("with Pebble", () => {
  let pebble: Pebble;
  let web: ReturnType<typeof Bun.serve>;
  let tls: Listening;
  const answers = new Map<string, string>();
  const certificates = [certificateOf("a.test")];
  beforeAll(async () => {
    web = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: (request) => new Response(answers.get(new URL(request.url).pathname.split("/").at(-1) ?? "") ?? "none"),
    });
    const handle = () => new Response();
    tls = await bunHost.listen({ hostname: "127.0.0.1", port: 0, handle, tls: { certificates } });
    pebble = await startPebble({ httpPort: web.port ?? 0, tlsPort: tls.port });
  });
  afterAll(async () => {
    await pebble.stop();
    await web.stop(true);
    await tls.stop(true);
  });

  const authority = (more: Partial<AuthorityOptions> = {}): AcmeAuthority =>
    new AcmeAuthority(
      {
        directory: pebble.directory,
        caCertificate: PEBBLE_AUTHORITY,
        email: "ops@example.com",
        keyType: "ecdsa",
        pollInterval: 10,
        ...more,
      },
      () => Date.now(),
    );
  const byHttp: Solver = {
    types: ["http-01"],
    putUp: async ({ token, value }) => void answers.set(token, value),
    takeDown: async ({ token }) => void answers.delete(token),
  };
  const isGood = async (cert: string, name: string): Promise<boolean> => {
    const [leaf = "", issuer = ""] = cert.match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----\n?/g) ?? [];
    const parsed = new X509Certificate(leaf);
    const between = new X509Certificate(issuer);
    const root = new X509Certificate(await pebble.root());
    return parsed.checkHost(name) === name && parsed.verify(between.publicKey) && between.verify(root.publicKey);
  };

  test("HTTP-01 gives a certificate, and takes its answer down again", async () => {
    const keeper = new Keeper();
    const { cert, key } = await authority().issue("one.test", byHttp, keeper, never);
    expect(await isGood(cert, "one.test")).toBe(true);
    expect(key).toContain("PRIVATE KEY");
    expect(answers.size).toBe(0);
    const account = keeper.record;
    await authority().issue("two.test", byHttp, keeper, never);
    expect(keeper.record).toEqual(account as AccountRecord);
  });

  test("keys are of the type that is asked for", async () => {
    const { cert } = await authority({ keyType: "rsa" }).issue("rsa.test", byHttp, new Keeper(), never);
    expect(new X509Certificate(cert).publicKey.asymmetricKeyType).toBe("rsa");
  });

  test("TLS-ALPN-01 is answered by an open listener", async () => {
    const alpn = (name: string, challenge: Challenge | undefined): void => {
      const shown = challenge?.certificate === undefined ? [] : [{ ...challenge.certificate, hosts: [name] }];
      tls.show?.({ certificates, challenges: shown });
    };
    const storage = createDirectoryStorage(temporaryFolder(), "ca");
    const solver = challengeBoard({ storage, clock: systemClock, types: ["tls-alpn-01"], alpn });
    const { cert } = await authority().issue("alpn.test", solver, new Keeper(), never);
    expect(await isGood(cert, "alpn.test")).toBe(true);
  });

  test("DNS-01 sets a record, sees it, and takes it away: for wildcards too", async () => {
    const steps: string[] = [];
    const hook: DnsHook = {
      async present({ fqdn, value }) {
        steps.push(`present ${fqdn}`);
        await fetch(`${pebble.dns}/set-txt`, { method: "POST", body: JSON.stringify({ host: fqdn, value }) });
      },
      async remove({ fqdn }) {
        steps.push(`remove ${fqdn}`);
        await fetch(`${pebble.dns}/clear-txt`, { method: "POST", body: JSON.stringify({ host: fqdn }) });
      },
    };
    let value = "";
    const dns = {
      hook: {
        ...hook,
        present: (record: { fqdn: string; value: string }) => ((value = record.value), hook.present(record)),
      },
      lookUp: async (name: string) => (steps.push(`look ${name}`), [value]),
      propagation: 5000,
    };
    const storage = createDirectoryStorage(temporaryFolder(), "ca");
    const solver = challengeBoard({ storage, clock: systemClock, types: ["dns-01"], dns, alpn: () => {} });
    const { cert } = await authority().issue("*.wild.test", solver, new Keeper(), never);
    expect(new X509Certificate(cert).checkHost("a.wild.test")).toBe("*.wild.test");
    expect(steps).toEqual([
      "present _acme-challenge.wild.test.",
      "look _acme-challenge.wild.test",
      "remove _acme-challenge.wild.test.",
    ]);
  });

  test("a name that is not ours is refused with the authority's reason, and its answer taken down", async () => {
    const wrong: Solver = { ...byHttp, putUp: async ({ token }) => void answers.set(token, "something else") };
    const { message, retryAfter } = await failureOf(authority().issue("wrong.test", wrong, new Keeper(), never));
    expect(message).toMatch(/key authorization/i);
    expect(retryAfter).toBeUndefined();
    expect(answers.size).toBe(0);
  });

  test("a name no authority gives certificates for is refused", async () => {
    const { type } = await failureOf(authority().issue("not_a_name.test", byHttp, new Keeper(), never));
    expect(type).toBeDefined();
  });

  test("an account that the authority does not know, or has closed, is replaced by a new one", async () => {
    const keeper = new Keeper();
    await authority().issue("kept.test", byHttp, keeper, never);
    const first = keeper.record;
    if (first === undefined) throw new Error("there is no account");
    const client = new acme.Client({ directoryUrl: pebble.directory, accountKey: first.key, accountUrl: first.url });
    await client.updateAccount({ status: "deactivated" });
    expect(await isGood((await authority().issue("kept.test", byHttp, keeper, never)).cert, "kept.test")).toBe(true);
    expect(keeper.record).not.toEqual(first);
    keeper.record = { key: first.key, url: `${first.url}0000` };
    await authority().issue("kept.test", byHttp, keeper, never);
    expect(keeper.record?.url).not.toBe(`${first.url}0000`);
  });

  test("a challenge nobody configured, and one given up, are told", async () => {
    const none = await failureOf(authority().issue("a.test", { ...byHttp, types: [] }, new Keeper(), never));
    expect(none.message).toMatch(/checks a\.test by .*http-01.*, of which acme\.challenges has none/);
    const given = AbortSignal.abort(new Error("given up"));
    expect((await failureOf(authority().issue("b.test", byHttp, new Keeper(), given))).message).toBe("given up");
  });

  test("an authority whose own certificate is not trusted gets nothing of us", async () => {
    const keeper = new Keeper();
    const other = authority({ caCertificate: authorityOf("clients-authority") });
    expect((await failureOf(other.issue("a.test", byHttp, keeper, never))).message).toMatch(/certificate/);
    expect(keeper.record).toBeUndefined();
  });

  test("ARI, which Pebble has from 2.5 on, is a time within the lifetime; a certificate may be replaced", async () => {
    const own = authority();
    const keeper = new Keeper();
    const { cert } = await own.issue("ari.test", byHttp, keeper, never);
    const { window } = (await own.renewalInfo(cert)) ?? {};
    const end = Date.parse(new X509Certificate(cert).validTo);
    if (window !== undefined) {
      expect(window.start).toBeGreaterThan(Date.now());
      expect(window.end).toBeLessThan(end);
    }
    // The second time it has been replaced already: an authority with ARI refuses that, and is asked without.
    for (let turn = 0; turn < 2; turn++)
      expect(await isGood((await own.issue("ari.test", byHttp, keeper, never, cert)).cert, "ari.test")).toBe(true);
  });

  test("accounts are bound to one at the authority, where it wants that", async () => {
    const eab = { keyId: "kid-1", hmacKey: "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W" };
    await using bound = await startPebble({ httpPort: web.port ?? 0, eab });
    const { directory } = bound;
    const refused = await failureOf(authority({ directory }).issue("a.test", byHttp, new Keeper(), never));
    expect(refused.type).toBe("externalAccountRequired");
    const { cert } = await authority({ directory, eab }).issue("a.test", byHttp, new Keeper(), never);
    expect(cert).toContain("BEGIN CERTIFICATE");
  });
});

/** An authority that answers all questions but its directory's with this; it follows RFC 8555 and RFC 9773 as far as it goes. */
function limiting(answer: () => Response, more: object = {}): ReturnType<typeof Bun.serve> {
  return Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch(request, { url }) {
      const { pathname } = new URL(request.url);
      const at = (path: string): string => new URL(path, url).href;
      if (pathname === "/dir")
        return Response.json({ newNonce: at("/nonce"), newAccount: at("/account"), newOrder: at("/order"), ...more });
      if (pathname === "/nonce") return new Response(null, { headers: { "replay-nonce": "n" } });
      return answer();
    },
  });
}

const at = (server: ReturnType<typeof Bun.serve>, now = 0): AcmeAuthority =>
  new AcmeAuthority({ directory: new URL("/dir", server.url).href, keyType: "ecdsa", pollInterval: 1 }, () => now);

test.each([
  ["7200", 7_200_000],
  ["Thu, 01 Jan 1970 01:00:00 GMT", 3_600_000],
  ["", undefined],
])("a refusal with retry-after %p is not tried again at once", async (header, expected) => {
  let asked = 0;
  const server = limiting(() => {
    asked++;
    const body = { type: "urn:ietf:params:acme:error:rateLimited", detail: "too many new orders recently" };
    return Response.json(body, { status: 429, headers: { "retry-after": header, "replay-nonce": "m" } });
  });
  const solver: Solver = { types: ["http-01"], putUp: () => Promise.resolve(), takeDown: () => Promise.resolve() };
  const failure = await failureOf(at(server).issue("a.test", solver, new Keeper(), never));
  expect(failure).toMatchObject({ message: "too many new orders recently", type: "rateLimited" });
  expect(failure.retryAfter).toBe(expected as number);
  expect(asked).toBe(1);
  await server.stop(true);
});

test("ARI is asked for by the certificate's id", async () => {
  const paths: string[] = [];
  const window = { start: "2026-01-02T04:00:00Z", end: "2026-01-03T04:00:00Z" };
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch(request, { url }) {
      const { pathname } = new URL(request.url);
      if (pathname === "/dir") return Response.json({ renewalInfo: new URL("/ari", url).href });
      paths.push(pathname);
      return Response.json({ suggestedWindow: window }, { headers: { "retry-after": "3600" } });
    },
  });
  const { madeCertificate } = await import("#tests/support/acme/made-certificate.ts");
  const { cert } = await madeCertificate({
    name: "a.test",
    notBefore: 0,
    notAfter: 1,
    serial: "87654321",
    authorityKey: "69885b6b87464041e1b37b847ba0ae2cde01c8d4",
  });
  expect(await at(server).renewalInfo(cert)).toEqual({
    window: { start: Date.parse(window.start), end: Date.parse(window.end) },
    askAgain: 3_600_000,
  });
  expect(paths).toEqual(["/ari/aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE"]);
  await server.stop(true);
});

test("a web hook is asked as lego's httpreq asks its own", async () => {
  const seen: string[] = [];
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      const { pathname } = new URL(request.url);
      seen.push(`${request.method} ${pathname} ${request.headers.get("authorization")} ${await request.text()}`);
      return new Response(null, { status: pathname.endsWith("cleanup") ? 500 : 200 });
    },
  });
  const hook = webHook({ url: new URL("/hook/", server.url).href, token: "t" }, (url, init) => fetch(url, init));
  const record = { fqdn: "_acme-challenge.a.test.", value: "v" };
  await hook.present(record);
  expect(await messageOf(hook.remove(record))).toBe("the DNS hook answered 500 to cleanup");
  expect(seen[0]).toBe(`POST /hook/present Bearer t ${JSON.stringify(record)}`);
  expect(seen).toHaveLength(2);
  await server.stop(true);
});
