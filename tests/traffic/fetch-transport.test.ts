import { tcpProbe } from "#src/serve/tcp-probe.ts";
import { Reach } from "#src/traffic/ai/reach.ts";
import { FetchTransport } from "#src/traffic/fetch-transport.ts";
import { describeTransport } from "#tests/contracts/transport.ts";

describeTransport("FetchTransport", (clock) => new FetchTransport(fetch, new Reach(clock, tcpProbe)));
