import { hostApp } from "#tests/contracts/host-app.ts";
import type { HostUnderTest } from "#tests/contracts/host.ts";
import { bunHost } from "#src/serve/bun.ts";

/** Bun's host with the contracts' app; `http2` for listeners without TLS as well. */
export function startBun(http2 = false): Promise<HostUnderTest> {
  const handle = hostApp();
  return Promise.resolve({
    async listen(port, tls) {
      const options = { hostname: "127.0.0.1", port, handle, http2, ...(tls === undefined ? {} : { tls }) };
      const listening = await bunHost.listen(options);
      return {
        port: listening.port,
        show: async (shown) => listening.show?.(shown),
        stop: (force) => listening.stop(force),
      };
    },
    close: () => Promise.resolve(),
  });
}
