// Lets a team in by a header.
import { getHeader, setConsumer } from "sluice:plugin/request@0.1.0";
import { setHeader } from "sluice:plugin/response@0.1.0";
import { defineGuest, PROCEED, refuse } from "./sluice-guest.ts";

let config = { header: "x-team", team: "" };

export const guest = defineGuest({
  configure(json) {
    config = { ...config, ...JSON.parse(json) };
    if (config.team === "") throw "there is no team";
    return { hooks: ["request-headers", "response-headers"], tickMs: 0 };
  },
  onRequestHeaders() {
    const team = getHeader(config.header);
    if (team !== config.team) return refuse(403, "Your team may not do this.");
    setConsumer(team);
    return PROCEED;
  },
  onResponseHeaders() {
    setHeader("x-checked-by", "my-plugin");
    return PROCEED;
  },
});
