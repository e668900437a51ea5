import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { parse } from "yaml";
import { entries, type Mapping, mapping } from "../../check-values.ts";

/** How an API server is reached. PEM texts. */
export interface KubeAccess {
  /** `https://10.0.0.1:443`. */
  readonly server: string;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly verify: boolean;
  /** The bearer token, asked for anew with each request: the one of a pod is renewed about every hour. */
  readonly token: () => Promise<string | undefined>;
  /** The namespace this process is in. */
  readonly namespace: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

const POD = "/var/run/secrets/kubernetes.io/serviceaccount";

/**
 * How the API server is reached: by `file` if one is given, by `KUBECONFIG`, from inside a pod, or by the user's own file. Rejects with an
 * Error that says what was looked for.
 */
export async function kubeAccess(file: string | undefined, env: Environment, pod: string = POD): Promise<KubeAccess> {
  const named = file ?? env["KUBECONFIG"]?.split(":")[0];
  if (named !== undefined && named !== "") return fromKubeconfig(named);
  const host = env["KUBERNETES_SERVICE_HOST"];
  if (host !== undefined && host !== "") return fromPod(host, env["KUBERNETES_SERVICE_PORT"] ?? "443", pod);
  return fromKubeconfig(join(homedir(), ".kube", "config"));
}

async function fromPod(host: string, port: string, pod: string): Promise<KubeAccess> {
  const server = `https://${host.includes(":") ? `[${host}]` : host}:${port}`;
  const ca = await textOf(join(pod, "ca.crt"), "this pod's service account");
  const namespace = await readFile(join(pod, "namespace"), "utf8").catch(() => "default");
  const token = (): Promise<string> => textOf(join(pod, "token"), "this pod's service account");
  return { server, ca, verify: true, token, namespace: namespace.trim() };
}

async function fromKubeconfig(path: string): Promise<KubeAccess> {
  const text = await textOf(path, "the kubeconfig");
  const config = mapping(parse(text));
  const near = (file: string): string => resolve(dirname(path), file);
  const context = named(config["contexts"], config["current-context"], "context", path);
  const cluster = named(config["clusters"], context["cluster"], "cluster", path);
  const user = named(config["users"], context["user"], "user", path);
  if (typeof cluster["server"] !== "string") throw new Error(`${path}: the cluster has no server`);
  if (user["exec"] !== undefined) {
    throw new Error(`${path}: users with exec are not supported; use a token, a tokenFile or a client certificate`);
  }
  const [ca, cert, key] = await Promise.all([
    pemOf(cluster, "certificate-authority", near),
    pemOf(user, "client-certificate", near),
    pemOf(user, "client-key", near),
  ]);
  const { token, tokenFile } = user;
  return {
    server: cluster["server"].replace(/\/+$/, ""),
    verify: cluster["insecure-skip-tls-verify"] !== true,
    namespace: typeof context["namespace"] === "string" ? context["namespace"] : "default",
    token: async () => {
      if (typeof tokenFile === "string") return textOf(near(tokenFile), "the token");
      return typeof token === "string" ? token : undefined;
    },
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}

/** The entry of a list of `{ name, [what]: { … } }`. */
function named(list: unknown, name: unknown, what: string, path: string): Mapping {
  const found = entries(list).find(([, entry]) => entry["name"] === name);
  if (found === undefined) throw new Error(`${path}: there is no ${what} '${String(name)}'`);
  return mapping(found[1][what]);
}

async function pemOf(from: Mapping, key: string, near: (file: string) => string): Promise<string | undefined> {
  const data = from[`${key}-data`];
  if (typeof data === "string") return Buffer.from(data, "base64").toString();
  const file = from[key];
  return typeof file === "string" ? textOf(near(file), key) : undefined;
}

async function textOf(path: string, what: string): Promise<string> {
  try {
    return (await readFile(path, "utf8")).trim();
  } catch {
    throw new Error(`${what} cannot be read: ${path}`);
  }
}
