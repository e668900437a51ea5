import { describe, expect, test } from "bun:test";
import { isCrawler } from "#plugins/crawler-agents.ts";
import { botDetect } from "#plugins/bot-detect.ts";
import { behind } from "./behind.ts";

const CRAWLERS = [
  "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
  "Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)",
  "Mozilla/5.0 (compatible; bingbot/2.0)",
  "Mozilla/5.0 (compatible; YandexBot/3.0)",
  "Scrapy/2.11 (+https://scrapy.org)",
  "MyCompany Indexer 1.0",
  "acme-robot 2",
  "EDI/1.6.0",
  "Y!J-BRZ/1",
  "Xenu's Link Sleuth",
  "masscan/1.3",
];

const OTHERS = [
  "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
  "Mozilla/5.0 (Linux; Android 12; CUBOT X30) Chrome/99.0",
  "curl/8.5.0",
  "Go-http-client/1.1",
  "OpenAI/Python 1.40.0",
  "credit/1.0",
  "Mozilla/5.0 vortex",
];

describe("without a list", () => {
  test.each(CRAWLERS)("keeps out %s", async (agent) => {
    const ask = await behind(botDetect, {});
    const { status, body, reply } = await ask({ headers: { "user-agent": agent } });
    expect([status, body, reply?.reason]).toEqual([403, "Invalid User-Agent", "bot-detect.blocked"]);
  });

  test.each(OTHERS)("lets in %s", async (agent) => {
    expect((await (await behind(botDetect, {}))({ headers: { "user-agent": agent } })).status).toBe(200);
  });

  test("keeps out who does not say", async () => {
    const ask = await behind(botDetect, {});
    expect((await ask()).status).toBe(403);
    expect((await ask({ headers: { "user-agent": "" } })).status).toBe(403);
  });
});

test("allow lets known crawlers in, and is asked before deny", async () => {
  const ask = await behind(botDetect, { allow: [".*Googlebot.*"], deny: ["Googlebot"] });
  expect((await ask({ headers: { "user-agent": "Googlebot/2.1" } })).status).toBe(200);
  expect((await ask({ headers: { "user-agent": "bingbot/2.0" } })).status).toBe(403);
});

test("deny keeps others out, with a status and words of one's own", async () => {
  const ask = await behind(botDetect, { deny: ["spd-tools.*"], blocked_code: 404, blocked_message: "no bots" });
  for (const agent of ["spd-tools/1.1", "spd-tools"]) {
    expect(await ask({ headers: { "user-agent": agent } })).toMatchObject({ status: 404, body: "no bots" });
  }
  expect((await ask({ headers: { "user-agent": "tools/1.1" } })).status).toBe(200);
});

test("expressions that are none are refused", async () => {
  expect(await behind(botDetect, { deny: ["["] }).catch(String)).toContain('"[" is not valid');
});

test("the longest User-Agents are looked at in no time to speak of", () => {
  for (const part of ["a", " A", "Microsoft ", "favico", "Accoona-", "archive", "a-"]) {
    expect(isCrawler(part.repeat(20_000))).toBe(false);
  }
});
