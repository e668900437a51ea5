import { afterAll, beforeAll, describe, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Asked, backendsIn, filled, readCase } from "./case-file.ts";
import { check } from "./check.ts";
import type { FakeNacos } from "../registries/fake-nacos.ts";
import { type EchoBackends, startEchoBackends } from "./echo-backends.ts";
import { nacosOf } from "./nacos-of.ts";
import type { Plane, RunningPlane } from "./plane.ts";

const pem = (name: string): string => readFileSync(new URL(`../../fixtures/tls/${name}`, import.meta.url), "utf8");

/** Servers that cases name beside backends. */
export interface Servers {
  readonly addresses: Readonly<Record<string, Address>>;
  stop(): Promise<void>;
}

interface Address {
  readonly host: string;
  readonly port: number;
}

/** Runs all cases of a folder on a data plane. They are given to it at once: each has hosts of its own. `startServers` is for those that are no HTTP servers. */
export function runSuite(folder: string, plane: Plane, startServers?: () => Promise<Servers>): void {
  const files = readdirSync(folder)
    .filter((file) => file.endsWith(".yaml"))
    .sort();
  const cases = files.map((file) => readCase(join(folder, file)));
  let backends: EchoBackends;
  let nacos: FakeNacos | undefined;
  let servers: Servers | undefined;
  let running: RunningPlane;
  let resources: string;
  const addressOf = (name: string): Address =>
    servers?.addresses[name] ?? (name === "nacos" ? nacosAddress(nacos) : backends.addressOf(name));

  describe(`on ${plane.title ?? plane.name}`, () => {
    beforeAll(async () => {
      resources = mkdtempSync(join(tmpdir(), "sluice-suite-"));
      servers = await startServers?.();
      const given = servers?.addresses ?? {};
      const named = cases.flatMap(({ objects, requests }) => backendsIn(objects + JSON.stringify(requests)));
      const names = new Set(named.filter((name) => !(name in given)));
      const asked = names.delete("nacos");
      backends = await startEchoBackends(names);
      if (asked) nacos = await nacosOf(names, backends);
      for (const { name, objects } of cases) {
        writeFileSync(join(resources, `${name}.yaml`), filled(objects, addressOf, pem));
      }
      running = await plane.start(resources);
    });

    afterAll(async () => {
      await running?.close();
      await backends?.close();
      await nacos?.stop();
      await servers?.stop();
      rmSync(resources, { recursive: true, force: true });
    });

    for (const { name, title, requests } of cases) {
      describe(`${name}: ${title}`, () => {
        for (const asked of requests) {
          const { [plane.name]: reason } = asked.skip;
          const label = [asked.ask, ...Object.entries(asked.headers).map((header) => header.join(": "))].join(", ");
          if (reason === undefined) test(label, () => check(addressed(asked, addressOf), running, backends));
          else test.skip(`${label} (${reason})`, () => {});
        }
      });
    }
  });
}

function nacosAddress(nacos: FakeNacos | undefined): { readonly host: string; readonly port: number } {
  return { host: "127.0.0.1", port: nacos?.port ?? 0 };
}

/** What is asked, with addresses in the place of placeholders. */
function addressed(asked: Asked, addressOf: (name: string) => Address): Asked {
  return JSON.parse(filled(JSON.stringify(asked), addressOf, pem)) as Asked;
}
