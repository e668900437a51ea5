import process from "node:process";
import { Child } from "#mcp/stdio/child.ts";
import { systemClock } from "#src/core/clock.ts";

/** A process that has a stdio server, as a gateway has. Prints the server's group and stays; run on Bun and on Deno. */
const child = new Child(
  {
    command: "/bin/sh",
    args: ["-c", "trap '' TERM; sleep 1000 & echo ready; cat; wait"],
    env: { PATH: process.env["PATH"] ?? "" },
    cwd: process.cwd(),
    clock: systemClock,
    grace: 1000,
    maxLine: 1000,
    maxUnread: 1000,
  },
  {
    line: () => console.log(child.pid),
    errorLine: () => {},
    gone: () => process.exit(1),
  },
);
setInterval(() => {}, 60_000);
