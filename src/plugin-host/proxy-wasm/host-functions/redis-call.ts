import { type RedisClient, RedisError, type RedisReply, type RedisServer } from "../../../core/plugin-host.ts";
import { STATUS } from "../abi.ts";
import { joined } from "../body-buffer.ts";
import { ROOT } from "../contexts.ts";
import { decodeCommands, encodeReply, type RedisCommand } from "../resp.ts";
import type { HostFunctions, VmScope } from "../scope.ts";

/** What the callback is told beside the answer. */
const REACHED = 0;
const UNREACHED = 1;

const MAX_SERVERS = 64;

/** Higress' extension: Redis servers are known by their service's name. */
export function redisCallFunctions(scope: VmScope): HostFunctions {
  const clients = new Map<string, RedisClient>();
  return {
    proxy_redis_init(
      service: number,
      serviceSize: number,
      username: number,
      usernameSize: number,
      password: number,
      passwordSize: number,
      timeout: number,
    ): number {
      const { memory } = scope;
      const named = memory.text(service, serviceSize);
      const server = serverOf(named, {
        username: memory.text(username, usernameSize),
        password: memory.text(password, passwordSize),
        timeout: timeout >>> 0,
      });
      const key = withoutOptions(named);
      if (server === undefined || (clients.size >= MAX_SERVERS && !clients.has(key))) return STATUS.badArgument;
      try {
        clients.set(key, scope.host.redis(server));
      } catch {
        return STATUS.badArgument;
      }
      return STATUS.ok;
    },
    proxy_redis_call(service: number, serviceSize: number, query: number, querySize: number, token: number): number {
      const client = clients.get(withoutOptions(scope.memory.text(service, serviceSize)));
      const commands = decodeCommands(scope.memory.copy(query, querySize));
      if (client === undefined || commands === undefined) return STATUS.badArgument;
      scope.memory.setU32(token, 0);
      const started = scope.callouts.start(scope.contexts.current, {
        ask: () => repliesOf(client, commands),
        tell: (given, replies) => tell(scope, given, replies),
      });
      if (started === undefined) return STATUS.internalFailure;
      scope.memory.setU32(token, started);
      return STATUS.ok;
    },
  };
}

/** `outbound|6379||redis.static?db=1`, `redis.dns`, `redis.dns:6380`; undefined for none. */
function serverOf(
  service: string,
  { username, password, timeout }: { readonly username: string; readonly password: string; readonly timeout: number },
): RedisServer | undefined {
  const istio = /^outbound\|(\d+)\|[^|]*\|([^|?]+)/.exec(service);
  const plain = /^([^|?:]+)(?::(\d+))?(?:\?|$)/.exec(service);
  const host = istio?.[2] ?? plain?.[1];
  const port = istio?.[1] ?? plain?.[2];
  const database = /[?&]db=(\d{1,5})(?:&|$)/.exec(service)?.[1];
  if (host === undefined) return undefined;
  return {
    host,
    ...(port === undefined ? {} : { port: Number(port) }),
    ...(username === "" ? {} : { username }),
    ...(password === "" ? {} : { password }),
    ...(database === undefined ? {} : { database: Number(database) }),
    ...(timeout === 0 ? {} : { timeout }),
  };
}

/** Calls name a server without what it was opened with. */
function withoutOptions(service: string): string {
  return service.split("?", 1)[0] ?? service;
}

async function repliesOf(client: RedisClient, commands: readonly RedisCommand[]): Promise<Uint8Array> {
  const replies = await Promise.all(commands.map((command) => replyOf(client, command)));
  return joined(replies.map((reply) => encodeReply(reply)));
}

/** What Redis says against a command is an answer as well. */
async function replyOf(client: RedisClient, command: RedisCommand): Promise<RedisReply> {
  try {
    return await client.command(command);
  } catch (thrown) {
    if (thrown instanceof RedisError) return thrown;
    throw thrown;
  }
}

function tell(scope: VmScope, token: number, replies: Uint8Array | undefined): void {
  scope.redisReply = replies ?? new Uint8Array();
  try {
    const status = replies === undefined ? UNREACHED : REACHED;
    scope.tell("proxy_on_redis_call_response", ROOT, token, status, scope.redisReply.length);
  } finally {
    scope.redisReply = undefined;
  }
}
