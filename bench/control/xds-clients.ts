/**
 * The clients of `xds-storm.ts`, their own process: `bun bench/control/xds-clients.ts PORT CLIENTS`. Reads a word a line: `connect` opens all
 * streams at once, as Envoys that know nothing, or as those that were there before once they have been; `cut` ends them. Prints a line when done.
 */
import { createInterface } from "node:readline";
import { BinaryReader } from "@bufbuild/protobuf/wire";
import { Client, type ClientDuplexStream, credentials } from "@grpc/grpc-js";
import { loadMessages } from "#src/control/xds/messages.ts";
import { kindOf, RESOURCE_KINDS, type ResourceType } from "#src/control/xds/resource-types.ts";

const [port, count] = process.argv.slice(2).map(Number);
const messages = await loadMessages();
const ADS = "/envoy.service.discovery.v3.AggregatedDiscoveryService/";

type Protocol = "sotw" | "delta";

/** The numbers of the fields that are read. */
const FIELDS = { resources: 2, typeUrl: 4, nonce: 5, version: 1, name: 3 };

interface Answer {
  readonly type: ResourceType | undefined;
  readonly nonce: string;
  readonly version: string;
  readonly resources: readonly Uint8Array[];
}

/** What one protocol's clients have, as the first that was served tells: all have the same. */
const known: Record<Protocol, Map<ResourceType, { readonly version: string; readonly names: Map<string, string> }>> = {
  sotw: new Map(),
  delta: new Map(),
};

/** What names are asked for once a type has come. */
const FOLLOWS: Readonly<Partial<Record<ResourceType, ResourceType>>> = { cds: "eds", lds: "rds", rds: "vhds" };

class StormClient {
  readonly #protocol: Protocol;
  readonly #client: Client;
  readonly #call: ClientDuplexStream<Uint8Array, Uint8Array>;
  readonly #waiting: Set<ResourceType>;
  readonly #claims: boolean;
  readonly served: Promise<void>;
  #done: () => void = () => {};

  constructor(index: number, claims: boolean) {
    this.#protocol = index % 2 === 0 ? "delta" : "sotw";
    this.#claims = claims;
    this.#waiting = new Set(["cds", "eds", "lds", "rds", ...(this.#protocol === "delta" ? (["vhds"] as const) : [])]);
    this.served = new Promise((resolve) => (this.#done = resolve));
    this.#client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
      "grpc.use_local_subchannel_pool": 1,
      "grpc.max_receive_message_length": -1,
    });
    const same = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const method = this.#protocol === "delta" ? "DeltaAggregatedResources" : "StreamAggregatedResources";
    this.#call = this.#client.makeBidiStreamRequest(ADS + method, same, same);
    this.#call.on("data", (bytes: Uint8Array) => this.#take(read(bytes)));
    this.#call.on("error", () => {});
    const node = { id: `${this.#protocol}-${index}`, cluster: "bench" };
    this.#ask("cds", { node });
    this.#ask("lds", {});
    if (!claims) return;
    // Who comes back asks for all it had at once; what did not change is not sent again, so that nothing tells when it is served.
    for (const type of ["eds", "rds", "vhds"] as const) if (this.#waiting.has(type)) this.#ask(type, {});
    this.#done();
  }

  close(): void {
    this.#call.cancel();
    this.#client.close();
  }

  #ask(type: ResourceType, fields: object): void {
    const delta = this.#protocol === "delta";
    const had = known[this.#protocol].get(type);
    const names = namesOf(type, this.#protocol);
    const request = {
      typeUrl: RESOURCE_KINDS.find((kind) => kind.type === type)?.typeUrl ?? "",
      ...(names.length === 0 ? {} : delta ? { resourceNamesSubscribe: names } : { resourceNames: names }),
      ...(this.#claims && had !== undefined
        ? delta
          ? { initialResourceVersions: Object.fromEntries(had.names) }
          : { versionInfo: had.version }
        : {}),
      ...fields,
    };
    this.#write(request);
  }

  #write(request: object): void {
    const message = this.#protocol === "delta" ? "DeltaDiscoveryRequest" : "DiscoveryRequest";
    this.#call.write(messages.encode(`envoy.service.discovery.v3.${message}`, JSON.parse(JSON.stringify(request))));
  }

  #take({ type, nonce, version, resources }: Answer): void {
    if (type === undefined) return;
    const typeUrl = RESOURCE_KINDS.find((kind) => kind.type === type)?.typeUrl ?? "";
    if (!known[this.#protocol].has(type) && resources.length > 0) {
      known[this.#protocol].set(type, { version, names: namesIn(this.#protocol, type, resources) });
    }
    const next = FOLLOWS[type];
    if (!this.#claims && next !== undefined && this.#waiting.has(next)) this.#ask(next, {});
    const names = namesOf(type, this.#protocol);
    const sotw =
      this.#protocol === "sotw" ? { versionInfo: version, ...(names.length > 0 ? { resourceNames: names } : {}) } : {};
    this.#write({ typeUrl, responseNonce: nonce, ...sotw });
    this.#got(type);
  }

  #got(type: ResourceType): void {
    this.#waiting.delete(type);
    if (this.#waiting.size === 0) this.#done();
  }
}

/** What is asked for by name: the route configuration, and the endpoints of all clusters but those that bring theirs along. */
function namesOf(type: ResourceType, protocol: Protocol): string[] {
  if (type === "rds") return ["sluice"];
  if (type !== "eds") return [];
  return [...(known[protocol].get("cds")?.names.keys() ?? [])].filter((name) => name.startsWith("backend-"));
}

function read(bytes: Uint8Array): Answer {
  const reader = new BinaryReader(bytes);
  let [typeUrl, nonce, version] = ["", "", ""];
  const resources: Uint8Array[] = [];
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    if (field === FIELDS.typeUrl) typeUrl = reader.string();
    else if (field === FIELDS.nonce) nonce = reader.string();
    else if (field === FIELDS.version) version = reader.string();
    else if (field === FIELDS.resources) resources.push(reader.bytes());
    else reader.skip(wire);
  }
  return { type: kindOf(typeUrl)?.type, nonce, version, resources };
}

/** Names with versions; in the state of the world resources have none but their own, of which the clusters' are needed. */
function namesIn(protocol: Protocol, type: ResourceType, resources: readonly Uint8Array[]): Map<string, string> {
  return new Map(
    resources.map((bytes): [string, string] => {
      if (protocol === "sotw") return [type === "cds" ? clusterName(bytes) : "", ""];
      const reader = new BinaryReader(bytes);
      let [name, version] = ["", ""];
      while (reader.pos < reader.len) {
        const [field, wire] = reader.tag();
        if (field === FIELDS.version) version = reader.string();
        else if (field === FIELDS.name) name = reader.string();
        else reader.skip(wire);
      }
      return [name, version];
    }),
  );
}

/** The first field of what is in an Any. */
function clusterName(any: Uint8Array): string {
  const reader = new BinaryReader(any);
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    if (field !== 2) reader.skip(wire);
    else {
      const inner = new BinaryReader(reader.bytes());
      inner.tag();
      return inner.string();
    }
  }
  return "";
}

let clients: StormClient[] = [];
console.log("ready");
for await (const word of createInterface({ input: process.stdin })) {
  if (word === "cut") {
    for (const client of clients) client.close();
  } else {
    clients = Array.from({ length: count ?? 0 }, (_, index) => new StormClient(index, word === "back"));
    await Promise.all(clients.map(({ served }) => served));
  }
  console.log(word);
}
