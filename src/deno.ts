import process from "node:process";
import { runCommand } from "./command.ts";
import { nodeHost } from "./serve/node.ts";

await runCommand(nodeHost("deno"), process.argv.slice(2));
