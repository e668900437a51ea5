/** The baseline: the least a relay can do on Bun. `bun bare.ts UPSTREAM` prints where it listens. */
import { forward } from "./forward.ts";

const upstream = process.argv[2] ?? "";
const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  idleTimeout: 0,
  fetch: (request) => forward(upstream, request),
});

console.log(`listening on http://127.0.0.1:${server.port}`);
