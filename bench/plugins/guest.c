/* The guest of bench/plugins/component.ts: checks a key, looks at a body, or hashes one. */
#include "sluice.h"

static const uint8_t HOOKS[] = {SLUICE_REQUEST_HEADERS, SLUICE_REQUEST_BODY, SLUICE_RESPONSE_BODY};
static sluice_text key, consumer;
static volatile uint32_t seen;

void sluice_configure(sluice_text config, sluice_setup *setup) {
  config = sluice_kept_text(config);
  key = sluice_member(config, SLUICE_TEXT("key"));
  consumer = sluice_member(config, SLUICE_TEXT("consumer"));
  setup->hooks = HOOKS;
  setup->hook_count = 3;
}

void sluice_on_request_headers(uint32_t ctx, sluice_verdict *verdict) {
  (void)ctx;
  sluice_maybe_text given = sluice_request_header(SLUICE_TEXT("x-api-key"));
  if (!given.there) sluice_refuse(verdict, 401, SLUICE_TEXT("No API key found."));
  else if (!sluice_same(given.value, key)) sluice_refuse(verdict, 401, SLUICE_TEXT("Unknown API key."));
  else {
    sluice_set_consumer(consumer.at, consumer.length);
    sluice_set_request_header(SLUICE_TEXT("x-mse-consumer"), consumer);
  }
}

void sluice_on_request_body(uint32_t ctx, sluice_text body, sluice_edit *edit) {
  (void)ctx, (void)edit;
  seen = body.at[0] + body.at[body.length - 1];
}

void sluice_on_response_body(uint32_t ctx, sluice_text body, sluice_edit *edit) {
  (void)edit;
  uint32_t hash = ctx;
  for (uint32_t at = 0; at < body.length; at++) hash = (hash ^ (unsigned char)body.at[at]) * 16777619u;
  seen = hash;
}
