import { openWebStream } from "#src/core/client-stream.ts";
import { openBunStream } from "#src/serve/bun-stream.ts";
import { bunHost } from "#src/serve/bun.ts";
import { describeClientStream, type StreamServer } from "#tests/contracts/client-stream.ts";
import { certificateOf } from "#tests/support/certificates.ts";

describeClientStream("the standard's streams", openWebStream);
describeClientStream("Bun's direct streams", openBunStream);

const onTls = async (handle: () => Response): Promise<StreamServer> => {
  const tls = { certificates: [certificateOf("a.test")] };
  const listening = await bunHost.listen({ hostname: "127.0.0.1", port: 0, handle, tls });
  return { port: listening.port, secure: true, stop: () => listening.stop(true) };
};
describeClientStream("the standard's streams, over TLS", openWebStream, onTls);
describeClientStream("Bun's direct streams, over TLS", openBunStream, onTls);
