/** A raw client: keep-alive connections, one request at a time each, answers counted by their length. */

/** A request's bytes for one connection after the other. */
export interface Load {
  readonly url: string;
  readonly connections: number;
  readonly requests: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: (index: number) => string;
}

/** Sends them all; rejects when an answer is not 200. */
export async function send({ url, connections, requests, headers, body }: Load): Promise<void> {
  const { hostname, port, pathname } = new URL(url);
  let next = 0;
  const head = [
    `POST ${pathname} HTTP/1.1`,
    `host: ${hostname}:${port}`,
    "content-type: application/json",
    "accept: application/json, text/event-stream",
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ].join("\r\n");
  const one = (): Promise<void> =>
    new Promise((resolve, reject) => {
      let held = "";
      const ask = (socket: { write(text: string): number; end(): void }): void => {
        if (next >= requests) {
          socket.end();
          return resolve();
        }
        const text = body(next++);
        socket.write(`${head}\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
      };
      void Bun.connect({
        hostname,
        port: Number(port),
        socket: {
          open: ask,
          data(socket, bytes) {
            held += bytes.toString("latin1");
            const end = answerEnd(held);
            if (end === undefined) return;
            if (!held.startsWith("HTTP/1.1 200")) return reject(new Error(held.slice(0, 500)));
            held = held.slice(end);
            ask(socket);
          },
          error: (_socket, error) => reject(error),
          close: () => resolve(),
        },
      });
    });
  await Promise.all(Array.from({ length: connections }, one));
  if (next < requests) throw new Error("The server closed its connections.");
}

/** Where a whole answer ends; undefined while it is not whole. */
function answerEnd(text: string): number | undefined {
  const head = text.indexOf("\r\n\r\n");
  if (head < 0) return undefined;
  const length = /^content-length: (\d+)/im.exec(text.slice(0, head))?.[1];
  if (length !== undefined) return text.length >= head + 4 + Number(length) ? head + 4 + Number(length) : undefined;
  const end = text.indexOf("0\r\n\r\n", head);
  return end < 0 ? undefined : end + 5;
}
