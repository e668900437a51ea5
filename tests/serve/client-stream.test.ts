import { openWebStream } from "#src/core/client-stream.ts";
import { openBunStream } from "#src/serve/bun-stream.ts";
import { describeClientStream } from "#tests/contracts/client-stream.ts";

describeClientStream("the standard's streams", openWebStream);
describeClientStream("Bun's direct streams", openBunStream);
