/** Tells what liftFetchLimit leaves of the process it is called in, then ends with the code of its first argument. */
import { liftFetchLimit } from "#src/serve/bun-fetch-limit.ts";

liftFetchLimit();
const [code = "0", ...rest] = process.argv.slice(2);
console.log(JSON.stringify({ pid: process.pid, limit: process.env["BUN_CONFIG_MAX_HTTP_REQUESTS"], rest }));
process.exit(Number(code));
