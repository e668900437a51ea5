/** The baseline for JSON: Hono and fetch. `bun hono.ts UPSTREAM` prints where it listens. */
import { Hono } from "hono";
import { forward } from "./forward.ts";

const upstream = process.argv[2] ?? "";
const app = new Hono();
app.post("/v1/*", (context) => forward(upstream, context.req.raw));
const server = Bun.serve({ hostname: "127.0.0.1", port: 0, idleTimeout: 0, fetch: app.fetch });

console.log(`listening on http://127.0.0.1:${server.port}`);
