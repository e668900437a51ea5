/** Runs the fake provider alone: `bun tests/support/fake-upstream-main.ts --port 0`. Answers every request with a short text. */
import { parseArgs } from "node:util";
import { FakeUpstream } from "./fake-upstream.ts";

const { values } = parseArgs({ options: { port: { type: "string", default: "0" } } });
const upstream = await FakeUpstream.start(Number(values.port));
console.log(`listening on ${upstream.origin}`);
