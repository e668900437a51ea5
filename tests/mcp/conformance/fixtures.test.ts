/** The fixture servers themselves: what fails through Sluice and passes here is Sluice's fault. */
import { afterAll } from "bun:test";
import { conformanceCases, WITHOUT_TASKS } from "#tests/support/mcp/conformance-cases.ts";
import { startEverything } from "#tests/support/mcp/everything/start.ts";

const legacy = startEverything("legacy");
const modern = startEverything("modern");

afterAll(async () => {
  await (await legacy).stop();
  await (await modern).stop();
});

conformanceCases({
  name: "the legacy fixture",
  revision: "2025-11-25",
  role: "server",
  target: async () => ({ url: (await legacy).url }),
  known: {},
});

conformanceCases({
  name: "the modern fixture",
  revision: "2026-07-28",
  role: "server",
  target: async () => ({ url: (await modern).url }),
  known: WITHOUT_TASKS,
});
