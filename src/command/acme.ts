import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { resolveTxt } from "node:dns/promises";
import { resolve } from "node:path";
import type { AcmeConfig } from "#config/model.ts";
import { AcmeAuthority } from "../control/acme/acme-authority.ts";
import { CertificateManager } from "../control/acme/certificate-manager.ts";
import type { DnsWorld } from "../control/acme/challenge-board.ts";
import { createDirectoryStorage } from "../control/acme/directory-storage.ts";
import { commandHook, type DnsHook, type RunProgram, webHook } from "../control/acme/dns-hook.ts";
import { selfSigned } from "../control/acme/placeholder.ts";
import { type CertificateSecrets, withSecrets } from "../control/acme/secret-storage.ts";
import { createSharedStorage } from "../control/acme/shared-storage.ts";
import type { AcmeStorage, Sealer } from "../control/acme/storage.ts";
import type { Clock } from "../core/clock.ts";
import type { Host } from "../core/host.ts";
import type { Log } from "../core/log.ts";
import type { Store } from "../core/store.ts";
import { createKeyRing } from "../sessions/key-ring.ts";

/** What a manager is made of. */
export interface AcmeWorld {
  readonly host: Host;
  readonly clock: Clock;
  readonly log: Log;
  /** The one that replicas share, else this process' own. */
  readonly store: Store;
  readonly shared: boolean;
  /** Secrets that seal what is in the store. */
  readonly secrets: readonly string[];
  /** Where a cluster keeps certificates as well. */
  readonly cluster?: CertificateSecrets;
  readonly changed: () => void;
  readonly counted: (outcome: "success" | "failure") => void;
}

/** Milliseconds between two looks at an order, at first. */
const POLL_INTERVAL = 250;

/** A manager by a configuration's `acme`. */
export async function openManager(config: AcmeConfig, world: AcmeWorld): Promise<CertificateManager> {
  const { host, clock, log, changed, counted } = world;
  const { renewBefore, challenges } = config;
  if (challenges[0] === "tls-alpn-01" && challenges.length === 1 && host.answersAlpnChallenges !== true)
    log.error("This runtime cannot answer tls-alpn-01: no certificate will be got.", { runtime: host.runtime });
  const dns = dnsWorld(config, host);
  return new CertificateManager({
    storage: storageOf(config, world),
    authority: new AcmeAuthority({ ...config, pollInterval: POLL_INTERVAL }, () => clock.now()),
    clock,
    log,
    random: Math.random,
    renewBefore,
    challenges: challenges.filter((type) => type !== "tls-alpn-01" || host.answersAlpnChallenges === true),
    ...(dns === undefined ? {} : { dns }),
    placeholder: await selfSigned(clock.now()),
    events: { issued: () => counted("success"), failed: () => counted("failure") },
    changed,
  });
}

function storageOf(config: AcmeConfig, world: AcmeWorld): AcmeStorage {
  const { clock, log, cluster: secrets } = world;
  const storage = ownStorage(config, world);
  return secrets === undefined ? storage : withSecrets({ storage, secrets, clock, log });
}

function ownStorage({ directory, storage }: AcmeConfig, world: AcmeWorld): AcmeStorage {
  const { store, shared, clock, log, secrets, cluster } = world;
  const scope = createHash("sha256").update(directory).digest("hex").slice(0, 16);
  if (!shared && storage !== undefined) return createDirectoryStorage(resolve(storage), scope);
  if (!shared && cluster?.writer === undefined)
    log.warn("Certificates are got anew at each start: there is neither acme.storage nor a store that keeps them.");
  return createSharedStorage({ store, clock, sealer: sealerOf(store, clock, secrets, scope), scope, shared });
}

/** Sealed as sessions are, by the same keys. */
function sealerOf(store: Store, clock: Clock, secrets: readonly string[], subject: string): Sealer {
  const ring = createKeyRing({ secrets, store, clock });
  const context = { purpose: "acme", subject };
  return {
    seal: (text) => ring.seal(text, context, Number.MAX_SAFE_INTEGER),
    async open(sealed) {
      const text = await ring.open(sealed, context);
      return typeof text === "string" ? text : undefined;
    },
  };
}

function dnsWorld({ dns, dnsPropagation: propagation }: AcmeConfig, host: Host): DnsWorld | undefined {
  if (dns === undefined) return undefined;
  const lookUp = async (name: string): Promise<readonly string[]> =>
    (await resolveTxt(name)).map((parts) => parts.join(""));
  return { hook: hookOf(dns, host), lookUp, propagation };
}

function hookOf(dns: NonNullable<AcmeConfig["dns"]>, host: Host): DnsHook {
  return "command" in dns ? commandHook(dns.command, run) : webHook(dns.webhook, (url, init) => host.fetch(url, init));
}

/** What a program says of its failure is told so far, in characters. */
const TOLD = 300;

const run: RunProgram = ([program = "", ...args], signal) =>
  new Promise((done, fail) => {
    const child = spawn(program, args, { stdio: ["ignore", "ignore", "pipe"], signal });
    let said = "";
    child.stderr.on("data", (bytes: Uint8Array) => {
      if (said.length < TOLD) said += new TextDecoder().decode(bytes);
    });
    child.once("error", (error) => fail(new Error(`the DNS hook ${program} could not be run: ${error.message}`)));
    child.once("close", (code) => {
      if (code === 0) done();
      else fail(new Error(`the DNS hook ${program} ended with ${code}: ${said.slice(0, TOLD).trim()}`));
    });
  });
