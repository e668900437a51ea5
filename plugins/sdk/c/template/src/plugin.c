/* Lets a team in by a header. */
#include "sluice.h"

static sluice_text header, team;

void sluice_configure(sluice_text config, sluice_setup *setup) {
  static const uint8_t hooks[] = {SLUICE_REQUEST_HEADERS, SLUICE_RESPONSE_HEADERS};
  config = sluice_kept_text(config);
  header = sluice_member(config, SLUICE_TEXT("header"));
  team = sluice_member(config, SLUICE_TEXT("team"));
  if (header.length == 0) header = SLUICE_TEXT("x-team");
  if (team.length == 0) setup->error = SLUICE_TEXT("there is no team");
  setup->hooks = hooks;
  setup->hook_count = 2;
}

void sluice_on_request_headers(uint32_t ctx, sluice_verdict *verdict) {
  (void)ctx;
  sluice_maybe_text given = sluice_request_header(header);
  if (!given.there || !sluice_same(given.value, team)) {
    sluice_refuse(verdict, 403, SLUICE_TEXT("Your team may not do this."));
    return;
  }
  sluice_set_consumer(team.at, team.length);
}

void sluice_on_response_headers(uint32_t ctx, sluice_verdict *verdict) {
  (void)ctx, (void)verdict;
  sluice_set_response_header(SLUICE_TEXT("x-checked-by"), SLUICE_TEXT("my-plugin"));
}
