import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./unprivileged.ts";
import { until } from "./until.ts";

/** A docker-registry of the test's own; with `await using` it ends with the test. */
export interface DockerRegistry extends AsyncDisposable {
  /** Host and port. */
  readonly host: string;
}

/** Why no docker-registry can be started here; undefined when one can. */
export const dockerRegistryMissing: string | undefined =
  Bun.which("docker-registry") === null
    ? "docker-registry is not installed, so the tests that need one are skipped"
    : undefined;

/** Who may ask it. Left out: everybody. */
export type RegistryAuth =
  | { readonly username: string; readonly password: string }
  /** Tokens of the issuer `issuer` for the service `registry`, signed with a key that the authority's certificate vouches for. */
  | { readonly realm: string; readonly authority: string };

/** Starts Debian's docker-registry on a free port; resolves when it answers. */
export async function startDockerRegistry(auth?: RegistryAuth): Promise<DockerRegistry> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-registry-"));
  const host = `127.0.0.1:${await freePort()}`;
  const settings = join(folder, "config.yml");
  const config = {
    version: 0.1,
    log: { level: "error", accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(folder, "data") } },
    http: { addr: host, secret: "tests" },
    ...(auth === undefined ? {} : { auth: await authConfig(auth, folder) }),
  };
  // YAML has JSON in it.
  await Bun.write(settings, JSON.stringify(config));
  const child = Bun.spawn(["docker-registry", "serve", settings], { stdout: "ignore", stderr: "ignore", env: {} });
  await until("the registry answers", async () => {
    if (child.exitCode !== null) throw new Error(`docker-registry ended with ${child.exitCode}.`);
    return await fetch(`http://${host}/v2/`).then(
      () => true,
      () => false,
    );
  });
  return {
    host,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.exited;
      await rm(folder, { recursive: true });
    },
  };
}

async function authConfig(auth: RegistryAuth, folder: string): Promise<object> {
  if ("realm" in auth) {
    return {
      token: { realm: auth.realm, service: "registry", issuer: "issuer", rootcertbundle: auth.authority },
    };
  }
  const path = join(folder, "htpasswd");
  const hash = await Bun.password.hash(auth.password, { algorithm: "bcrypt", cost: 4 });
  await Bun.write(path, `${auth.username}:${hash}\n`);
  return { htpasswd: { realm: "tests", path } };
}
