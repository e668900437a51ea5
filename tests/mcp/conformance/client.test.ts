/** Sluice's client side: its remote servers, used as the gateway uses them, on both runtimes. */
import { join } from "node:path";
import { conformanceCases } from "#tests/support/mcp/conformance-cases.ts";
import { denoBinary } from "#tests/support/gateway.ts";

const CLIENT = join(import.meta.dir, "../../support/mcp/conformance-client.ts");

const COMMANDS = {
  bun: () => `${process.execPath} ${CLIENT}`,
  deno: () => `${denoBinary()} run --no-prompt --allow-net --allow-env --allow-read ${CLIENT}`,
};

/** Extensions, which no revision asks for. */
const KNOWN = {
  "auth/client-credentials-jwt": "the gateway is told the issuer of its own credentials, it does not look for it",
  "auth/client-credentials-basic": "the gateway is told the issuer of its own credentials, it does not look for it",
  "auth/enterprise-managed-authorization": "ID-JAG grants are not offered",
  "auth/dpop": "DPoP is not offered",
  "auth/dpop-nonce": "DPoP is not offered",
  "auth/wif-jwt-bearer": "workload identity is not offered",
};

for (const runtime of ["bun", "deno"] as const) {
  for (const revision of ["2025-11-25", "2026-07-28"] as const) {
    const target = (): { command: string } => ({ command: COMMANDS[runtime]() });
    conformanceCases({ name: `Sluice's client on ${runtime}`, revision, role: "client", target, known: KNOWN });
  }
}
