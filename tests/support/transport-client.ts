import process from "node:process";
import { systemClock } from "#src/core/clock.ts";
import { HeaderList } from "#src/core/header-list.ts";
import type { Transport } from "#src/core/upstream.ts";
import { Http1Transport } from "#src/serve/http1/transport.ts";
import { Reach } from "#src/traffic/ai/reach.ts";
import { FetchTransport } from "#src/traffic/fetch-transport.ts";
import { textOf } from "#tests/contracts/transport-stage.ts";
import { Cancelling } from "./cancelling.ts";

const TRANSPORTS: Readonly<Record<string, () => Transport>> = {
  http1: () => new Http1Transport(systemClock),
  fetch: () => new FetchTransport(fetch, new Reach(systemClock, undefined)),
};

// Run alone, `transport-client.ts http1|fetch URL COUNT [ADDRESS]`: sends so many requests, tells what came of each in a line, and has nothing else to do.
const [kind = "", url = "", count = "1", address] = process.argv.slice(2);
const pinned = address === undefined ? {} : { addresses: [address] };
const transport = TRANSPORTS[kind]?.();
if (transport === undefined) throw new Error(`there is no transport '${kind}'`);
for (let sent = 0; sent < Number(count); sent++) {
  try {
    const request = { method: "POST", url, headers: new HeaderList(), body: "secret", connectLimit: 0, ...pinned };
    const { body } = await transport.send(request, new Cancelling());
    process.stdout.write(`${await textOf(body)}\n`);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    process.stdout.write(`error ${code}\n`);
  }
}
