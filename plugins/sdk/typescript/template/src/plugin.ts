import { z } from "zod";
import { definePlugin, LocalReply } from "sluice/plugin";

/** What `config` holds in the gateway's configuration. */
const options = z.strictObject({
  header: z.string().default("x-team").describe("The header that says which team asks."),
  teams: z.array(z.string()).describe("The teams that may."),
});

export default definePlugin({
  name: "my-plugin",
  summary: "Lets teams in by a header.",
  phase: "AUTHN",
  priority: 100,
  failStrategy: "FAIL_CLOSE",
  options,
  configure({ header, teams }, host) {
    const refused = host.metric("counter", "refused");
    return {
      requestHeaders(call) {
        const team = call.request.headers.get(header);
        if (team === null || !teams.includes(team)) {
          refused.add(1);
          return LocalReply.refuse(403, "Your team may not do this.");
        }
        call.consumer = team;
        return undefined;
      },
      responseHeaders({ response }) {
        response?.headers.set("x-checked-by", "my-plugin");
      },
    };
  },
});
