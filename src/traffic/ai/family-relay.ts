import { Fault } from "../../core/fault.ts";
import { isObject } from "../../core/json.ts";
import { createSseDecoder, formatSse } from "../../core/sse.ts";
import { codecFor } from "../../protocols/index.ts";
import { familyUsage } from "../../protocols/families/usage.ts";
import type { CallDeps } from "./call.ts";
import type { FamilyAnswer } from "./family-send.ts";
import { isEventStream, networkFault, timeout } from "./upstream-body.ts";

/** The most one event may hold for its usage to be read, in bytes: an image's event is large. */
const MAX_EVENT = 16 * 1024 * 1024;

/**
 * The answer's body as it comes, no faster than the client takes it. Usage is read from an event stream on the way. A failure ends an event
 * stream with an error event, and anything else by breaking off.
 */
export function relayFamily(
  deps: CallDeps,
  answer: FamilyAnswer,
  body: ReadableStream<Uint8Array>,
): ReadableStream<Uint8Array> {
  const { exchange, target, attempt, request, response } = answer;
  const { record } = exchange;
  const { id } = target.provider;
  const { idle: limit } = target.timeouts;
  const idle = deps.deadlines.watch(limit, () => attempt.abort(timeout("idle_timeout", id, limit)));
  const reader = body.getReader();
  const events = isEventStream(response.headers);
  const tap = events ? usageTap(answer) : undefined;
  const over = exchange.hold();
  let ended = false;
  const end = (fault?: Fault): void => {
    if (ended) return;
    ended = true;
    if (fault !== undefined) record.fault = fault.code;
    idle.close();
    attempt.release();
    attempt.signal.removeEventListener("abort", aborted);
    over();
  };
  /** The client may be gone without anybody asking for the next chunk. */
  const aborted = (): void => {
    reader.cancel().catch(() => {});
    if (attempt.fault?.code === "client_closed") end(attempt.fault);
  };
  attempt.signal.addEventListener("abort", aborted);
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        let failed: Fault | undefined;
        try {
          idle.wait();
          const { done, value } = await reader.read();
          idle.done();
          if (!done) {
            record.firstTokenAt ??= deps.clock.monotonic();
            record.responseBytes += value.byteLength;
            tap?.(value);
            controller.enqueue(value);
            return;
          }
          failed = attempt.fault;
        } catch (thrown) {
          failed = attempt.fault ?? networkFault(thrown, id);
        }
        end(failed);
        if (failed !== undefined && !events) return controller.error(failed);
        if (failed !== undefined) {
          const data = JSON.stringify(codecFor(request.protocol).error.encode(failed, exchange.id));
          controller.enqueue(new TextEncoder().encode(formatSse({ event: "error", data })));
        }
        controller.close();
      },
      async cancel() {
        end(new Fault("client_closed", "The client left."));
        await reader.cancel().catch(() => {});
      },
    },
    { highWaterMark: 0 },
  );
}

/** Notes the last usage the events tell. What cannot be read is no reason to stop the stream. */
function usageTap({ exchange: { record } }: FamilyAnswer): (bytes: Uint8Array) => void {
  const decoder = createSseDecoder({ maxEventBytes: MAX_EVENT });
  let spent = false;
  return (bytes) => {
    if (spent) return;
    try {
      for (const { data } of decoder.push(bytes)) {
        if (!data.includes('"usage')) continue;
        const body: unknown = JSON.parse(data);
        const usage = isObject(body) ? familyUsage(body) : undefined;
        if (usage !== undefined) record.usage = usage;
      }
    } catch {
      spent = true;
    }
  };
}
