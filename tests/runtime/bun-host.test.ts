import { hostContract } from "#tests/contracts/host.ts";
import { http2Contract } from "#tests/contracts/http2-host.ts";
import { tlsContract } from "#tests/contracts/tls-host.ts";
import { startBun } from "./bun-under-test.ts";

hostContract("Bun", () => startBun());
hostContract("Bun with HTTP/2 in clear", () => startBun(true));
hostContract("Bun with TLS", () => startBun(), true);
tlsContract("Bun", () => startBun(), { keyTypes: true, oldVersions: true, alpnChallenges: true });
http2Contract("Bun", () => startBun());
http2Contract("Bun in clear", () => startBun(true), false);
