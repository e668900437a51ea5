/* The guest of tests/contracts/plugin.ts in C, as a component. */
#include "sluice.h"

#define T SLUICE_TEXT
static sluice_text mode, key, consumer, upstream;

static const uint8_t HEADERS[] = {SLUICE_REQUEST_HEADERS, SLUICE_RESPONSE_HEADERS};
static const uint8_t BODIES[] = {SLUICE_REQUEST_BODY, SLUICE_RESPONSE_BODY};
static const uint8_t EVENTS[] = {SLUICE_CHAT_EVENT};

void sluice_configure(sluice_text config, sluice_setup *setup) {
  config = sluice_kept_text(config);
  mode = sluice_member(config, T("mode"));
  key = sluice_member(config, T("key"));
  consumer = sluice_member(config, T("consumer"));
  upstream = sluice_member(config, T("upstream"));
  if (mode.length == 0) {
    setup->error = T("there is no mode");
    return;
  }
  setup->hooks = HEADERS;
  setup->hook_count = sluice_same(mode, T("headers")) ? 2 : 1;
  if (sluice_same(mode, T("body"))) setup->hooks = BODIES, setup->hook_count = 2;
  if (sluice_same(mode, T("events"))) setup->hooks = EVENTS;
}

static void key_auth(sluice_verdict *verdict) {
  sluice_maybe_text given = sluice_request_header(T("x-api-key"));
  if (!given.there) sluice_refuse(verdict, 401, T("No API key found."));
  else if (!sluice_same(given.value, key)) sluice_refuse(verdict, 401, T("Unknown API key."));
  else {
    sluice_set_consumer(consumer.at, consumer.length);
    sluice_set_request_header(T("x-mse-consumer"), consumer);
  }
}

static void call_out(sluice_verdict *verdict) {
  sluice_maybe_text user = sluice_request_header(T("x-user"));
  sluice_header headers[] = {{T("x-user"), user.value}};
  sluice_call_result result;
  sluice_http(upstream.at, upstream.length, "GET", 3, "/check", 6, headers, 1, 0, 0, 10000, &result);
  if (result.failed || result.answer.status != 200) sluice_refuse(verdict, 403, T("Not allowed."));
  else sluice_set_request_header(T("x-checked"), result.answer.body);
}

void sluice_on_request_headers(uint32_t ctx, sluice_verdict *verdict) {
  (void)ctx;
  if (sluice_same(mode, T("key-auth"))) key_auth(verdict);
  else if (sluice_same(mode, T("callout"))) call_out(verdict);
  else if (sluice_same(mode, T("early"))) {
    static const sluice_header early[] = {{T("x-early"), T("yes")}};
    sluice_respond(verdict, 418, early, 1, T("short and stout"));
  } else if (sluice_same(mode, T("headers"))) {
    sluice_set_request_header(T("x-added"), T("1"));
    sluice_request_add("x-many", 6, "b", 1);
    sluice_request_remove("x-removed", 9);
  }
}

void sluice_on_response_headers(uint32_t ctx, sluice_verdict *verdict) {
  (void)ctx, (void)verdict;
  uint32_t status = sluice_response_status();
  char *digits = sluice_new(3);
  digits[0] = '0' + status / 100, digits[1] = '0' + status / 10 % 10, digits[2] = '0' + status % 10;
  sluice_set_response_header(T("x-seen"), (sluice_text){digits, 3});
  sluice_response_remove("x-gone", 6);
}

void sluice_on_request_body(uint32_t ctx, sluice_text body, sluice_edit *edit) {
  (void)ctx;
  char *upper = (char *)body.at;
  for (uint32_t i = 0; i < body.length; i++) if (upper[i] >= 'a' && upper[i] <= 'z') upper[i] -= 32;
  edit->tag = SLUICE_REPLACE;
  edit->replace = body;
}

void sluice_on_response_body(uint32_t ctx, sluice_text body, sluice_edit *edit) {
  (void)ctx;
  char *whole = sluice_new(body.length + 2);
  whole[0] = '<';
  sluice_copy(whole + 1, body.at, body.length);
  whole[body.length + 1] = '>';
  edit->tag = SLUICE_REPLACE;
  edit->replace = (sluice_text){whole, body.length + 2};
}

void sluice_on_chat_event(uint32_t ctx, sluice_text event, sluice_piece *piece) {
  (void)ctx;
  if (sluice_find(event, T("secret")) < 0 || sluice_find(event, T("\"type\":\"text\"")) < 0) return;
  char *list = sluice_new(event.length + 2);
  list[0] = '[';
  sluice_copy(list + 1, event.at, event.length);
  list[event.length + 1] = ']';
  sluice_text whole = {list, event.length + 2};
  for (int32_t at = sluice_find(whole, T("secret")); at >= 0; at = sluice_find(whole, T("secret")))
    sluice_copy(list + at, "******", 6);
  piece->tag = SLUICE_REPLACE;
  piece->replace = whole;
}
