import type { Config } from "#config/model.ts";
import type { Connection } from "../core/exchange.ts";
import { Fault } from "../core/fault.ts";
import { createCompress } from "../traffic/compress.ts";

/** What holds for every request, whatever route it is for. */
export interface Door {
  /** Why a request may not come in. */
  refusal(request: Request): Fault | undefined;
  enter(request: Request, connection: Connection): void;
  /** The answer as it goes out; left out: as it is. */
  readonly leave?: (request: Request, response: Response) => Response;
}

/** The door of a configuration; undefined where it changes nothing. */
export async function openDoor({ compression, downstream, addXRealIpHeader }: Config): Promise<Door | undefined> {
  const { maxRequestHeaders: most } = downstream;
  if (compression === false && most === undefined && !addXRealIpHeader) return undefined;
  const leave = compression === false ? {} : { leave: await createCompress(compression) };
  return {
    ...leave,
    refusal: ({ headers }) => (most !== undefined && sizeOf(headers) > most ? tooLarge(most) : undefined),
    enter({ headers }, { remoteAddress }) {
      if (addXRealIpHeader && remoteAddress !== undefined) headers.set("x-real-ip", remoteAddress);
    },
  };
}

/** As HTTP/1.1 writes them. */
function sizeOf(headers: Headers): number {
  let size = 0;
  headers.forEach((value, name) => (size += name.length + value.length + 4));
  return size;
}

function tooLarge(most: number): Fault {
  return new Fault("payload_too_large", `The request's headers are larger than ${most} bytes.`, { status: 431 });
}
