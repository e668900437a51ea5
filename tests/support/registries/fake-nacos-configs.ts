import { entries, type Mapping } from "#config/check-values.ts";
import { type NacosMessage, no, ok } from "./nacos-proto.ts";

interface Kept {
  readonly dataId: string;
  readonly group: string;
  readonly tenant: string;
  readonly content: string;
}

/** The configurations of a fake of Nacos: its gRPC requests, and the lists of its HTTP APIs of versions 1 and 3. */
export class FakeNacosConfigs {
  readonly #kept = new Map<string, Kept>();
  readonly #notify: (key: string, body: Mapping) => void;

  /** `notify` is told what has changed, for those who listen to the key. */
  constructor(notify: (key: string, body: Mapping) => void) {
    this.#notify = notify;
  }

  /** Writes a configuration, as JSON where it is no text; undefined takes it away. */
  publish(group: string, dataId: string, written: unknown, tenant = "public"): void {
    const key = keyOf(tenant, group, dataId);
    const content = typeof written === "string" ? written : JSON.stringify(written);
    if (content === undefined) this.#kept.delete(key);
    else this.#kept.set(key, { dataId, group, tenant, content });
    this.#notify(key, { dataId, group, tenant, module: "config" });
  }

  /** `listening` are the keys that the asker's connection listens to. */
  answer(type: string, body: Mapping, listening: Set<string>): NacosMessage {
    if (type === "ConfigQueryRequest") {
      const found = this.#kept.get(keyOf(body["tenant"], body["group"], body["dataId"]));
      if (found === undefined) return no(300, "config data not exist");
      return ok("ConfigQueryResponse", { content: found.content, contentType: "json", md5: md5(found.content) });
    }
    const changedConfigs = entries(body["configListenContexts"]).flatMap(
      ([, { tenant, group, dataId, md5: known }]) => {
        const key = keyOf(tenant, group, dataId);
        if (body["listen"] !== true) listening.delete(key);
        else listening.add(key);
        const found = this.#kept.get(key);
        const now = found === undefined ? "" : md5(found.content);
        return body["listen"] === true && now !== known ? [{ tenant, group, dataId }] : [];
      },
    );
    return ok("ConfigChangeBatchListenResponse", { changedConfigs });
  }

  respond(pathname: string, asked: URLSearchParams): Response {
    const newest = pathname === "/nacos/v3/admin/cs/config/list";
    if (!newest && pathname !== "/nacos/v1/cs/configs") return new Response("no such path", { status: 404 });
    const [group, tenant] = newest ? ["groupName", "namespaceId"] : ["group", "tenant"];
    const suffix = (asked.get("dataId") ?? "").replace(/^\*/, "");
    const all = [...this.#kept.values()].filter(
      (one) => one.group === asked.get(group) && one.tenant === asked.get(tenant) && one.dataId.endsWith(suffix),
    );
    const size = Number(asked.get("pageSize"));
    const page = Number(asked.get("pageNo"));
    const pageItems = all.slice((page - 1) * size, page * size).map(({ dataId }) => ({ dataId }));
    const found = { totalCount: all.length, pageNumber: page, pagesAvailable: Math.ceil(all.length / size), pageItems };
    return Response.json(newest ? { code: 0, message: "success", data: found } : found);
  }
}

function keyOf(tenant: unknown, group: unknown, dataId: unknown): string {
  return [tenant, group, dataId].map(String).join("\n");
}

function md5(content: string): string {
  return new Bun.CryptoHasher("md5").update(content).digest("hex");
}
