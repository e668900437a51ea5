/**
 * A gRPC client that finds its servers by xDS, `grpc-client-main.ts TARGET BOOTSTRAP`: asks `xds:///TARGET` again and again and prints each
 * answer that differs from the one before, and each failure.
 */
import process from "node:process";
import { Client, credentials } from "@grpc/grpc-js";
import { register } from "@grpc/grpc-js-xds";

/** The channel option that holds it, in place of an environment variable. */
const BOOTSTRAP = "grpc.TEST_ONLY_DO_NOT_USE_IN_PROD.xds_bootstrap_config";

register();

const [, , target = "", bootstrap = ""] = process.argv;
const client = new Client(`xds:///${target}`, credentials.createInsecure(), { [BOOTSTRAP]: bootstrap });
const same = (bytes: Uint8Array): Buffer => Buffer.from(bytes);

let last = "";

function ask(): void {
  client.makeUnaryRequest("/test.Names/Tell", same, same, new Uint8Array(), (error, answer) => {
    const text = error === null ? String(answer) : `failed: ${error.details}`;
    if (text !== last) console.log(text);
    last = text;
    setTimeout(ask, 2);
  });
}

ask();
