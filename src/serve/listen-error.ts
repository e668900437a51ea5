/** The options that replace a port: clients' first one, and the operators'. */
const OPTIONS = "--port (--admin-port for the admin listener)";

/** What a user can do about a port that could not be opened, by the system's error code. */
const ADVICE: Readonly<Record<string, (hostname: string, port: number) => string>> = {
  EADDRINUSE: (_, port) => `port ${port} is in use; choose another in the configuration or with ${OPTIONS}`,
  EACCES: (_, port) =>
    `port ${port} needs a privilege this process does not have; choose one above 1023 in the configuration or with ${OPTIONS}`,
  EPERM: (_, port) =>
    `port ${port} needs a privilege this process does not have; choose one above 1023 in the configuration or with ${OPTIONS}`,
  EADDRNOTAVAIL: (hostname) => `no network interface of this machine has the address ${hostname}`,
  ENOTFOUND: (hostname) =>
    `the host name ${hostname} is not known; give an address of this machine, or 0.0.0.0 for all`,
};

/** The failure to open a listener as an Error whose message tells the user what to do. */
export function listenError(hostname: string, port: number, thrown: unknown): Error {
  const code = typeof thrown === "object" && thrown !== null && "code" in thrown ? String(thrown.code) : "";
  const advice = ADVICE[code];
  if (advice !== undefined) return new Error(advice(hostname, port), { cause: thrown });
  const detail = thrown instanceof Error ? thrown.message : String(thrown);
  return new Error(`cannot listen on ${hostname}:${port}: ${detail}`, { cause: thrown });
}
