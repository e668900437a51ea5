import { createServer } from "node:net";
import { join } from "node:path";
import { exportJWK, generateKeyPair, type JWK } from "jose";
import { within } from "../until.ts";
import type { IdentitySettings } from "./identity-provider-main.ts";

/** A real identity provider in a process of its own. */
export interface IdentityProvider extends AsyncDisposable {
  readonly issuer: string;
  /** Starts it anew at the same address with other keys: tokens, users and clients that registered themselves are forgotten. */
  restart(keys: readonly JWK[]): Promise<void>;
  /** A token by a POST to the token endpoint. */
  grant(client: string, secret: string, form: Readonly<Record<string, string>>): Promise<string>;
}

/** A private key for signing RS256, named `kid`. */
export async function signingKey(kid: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair("RS256", { extractable: true });
  return { ...(await exportJWK(privateKey)), kid, alg: "RS256", use: "sig" };
}

export async function startIdentityProvider(
  keys: readonly JWK[],
  clients: readonly object[],
): Promise<IdentityProvider> {
  const port = await freePort();
  let child = await spawn({ port, keys, clients });
  const stop = async (): Promise<void> => {
    child.kill("SIGKILL");
    await child.exited;
  };
  const issuer = `http://127.0.0.1:${port}`;
  return {
    issuer,
    async restart(next) {
      await stop();
      child = await spawn({ port, keys: next, clients });
    },
    async grant(client, secret, form) {
      const answer = await fetch(`${issuer}/token`, {
        method: "POST",
        headers: { authorization: `Basic ${btoa(`${client}:${secret}`)}` },
        body: new URLSearchParams(form),
      });
      const body: { access_token?: string } = JSON.parse(await answer.text());
      if (body.access_token === undefined) throw new Error(`No token: ${answer.status} ${JSON.stringify(body)}`);
      return body.access_token;
    },
    [Symbol.asyncDispose]: stop,
  };
}

async function spawn(settings: IdentitySettings): Promise<Bun.Subprocess<"ignore", "pipe", "ignore">> {
  const main = join(import.meta.dir, "identity-provider-main.ts");
  const child = Bun.spawn([process.execPath, main, JSON.stringify(settings)], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "ignore",
  });
  await within("the identity provider", listening(child.stdout));
  return child;
}

/** Reads until the process says that it listens; what it says beside that are warnings of an unfinished set-up. */
async function listening(stdout: ReadableStream<Uint8Array>): Promise<void> {
  let said = "";
  const reader = stdout.getReader();
  const decoder = new TextDecoder();
  while (!said.includes("listening")) {
    const { done, value } = await reader.read();
    if (done) throw new Error(`The identity provider ended: ${said}`);
    said += decoder.decode(value, { stream: true });
  }
  reader.releaseLock();
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
