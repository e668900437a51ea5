import { hostContract } from "#tests/contracts/host.ts";
import { hostApp } from "#tests/contracts/host-app.ts";
import { bunHost } from "#src/serve/bun.ts";

hostContract("Bun", () => {
  const handle = hostApp();
  return Promise.resolve({
    listen: (port, certificates) =>
      bunHost.listen({ hostname: "127.0.0.1", port, handle, ...(certificates === undefined ? {} : { certificates }) }),
    close: () => Promise.resolve(),
  });
});
