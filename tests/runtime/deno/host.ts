/**
 * The Deno side of the host contract: opens and closes listeners as told by lines of JSON on its standard input, and answers each with a
 * line of JSON.
 */
import process from "node:process";
import { createInterface } from "node:readline";
import type { Listening, ShownCertificates } from "../../../src/core/host.ts";
import { nodeHost } from "../../../src/serve/node.ts";
import { hostApp } from "../../contracts/host-app.ts";

interface Order {
  readonly serial: number;
  readonly listen?: { readonly port: number; readonly tls?: ShownCertificates; readonly http2?: boolean };
  readonly show?: { readonly port: number; readonly tls: ShownCertificates };
  readonly stop?: { readonly port: number; readonly force: boolean };
}

const host = nodeHost("deno");
const handle = hostApp();
const open = new Map<number, Listening>();

async function obey(order: Order): Promise<object> {
  if (order.stop !== undefined) {
    await open.get(order.stop.port)?.stop(order.stop.force);
    return {};
  }
  if (order.show !== undefined) {
    open.get(order.show.port)?.show?.(order.show.tls);
    return {};
  }
  const listening = await host.listen({ hostname: "127.0.0.1", port: 0, handle, ...order.listen });
  open.set(listening.port, listening);
  return { port: listening.port };
}

for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line) as Order;
  void obey(order)
    .catch((error: Error) => ({ error: error.message }))
    .then((answer) => console.log(JSON.stringify({ serial: order.serial, ...answer })));
}
process.exit(0);
