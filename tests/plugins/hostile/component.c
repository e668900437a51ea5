// A component that means harm. Its configuration says what it does and in which hook: `{"do":"spin request-headers"}`.
#include "sluice.h"

#define T SLUICE_TEXT

static sluice_text what, where;
static volatile uint32_t sink;

static int does(sluice_text action) { return sluice_same(what, action); }

static uint32_t recurse(uint32_t depth) {
  volatile uint8_t frame[64];
  frame[depth & 63] = (uint8_t)depth;
  return recurse(depth + 1) + frame[depth & 31];
}

static char *filled(uint32_t size) {
  char *bytes = sluice_new(size);
  for (uint32_t i = 0; i < size; i++) bytes[i] = 'x';
  return bytes;
}

static void act(sluice_text hook, sluice_verdict *verdict) {
  if (!sluice_same(where, hook)) return;
  if (does(T("spin"))) for (;;) sink++;
  if (does(T("fill"))) for (;;) __builtin_memset(&__heap_base, sink++, 32768);
  if (does(T("recurse"))) sink = recurse(0);
  if (does(T("trap"))) __builtin_trap();
  if (does(T("grow"))) for (;;) filled(1 << 20)[0] = 1;
  if (does(T("flood-log"))) for (;;) sluice_log(SLUICE_INFO, T("line"));
  if (does(T("flood-headers"))) for (;; sink++) sluice_request_add("x-many", 6, "value", 5);
  if (does(T("flood-metrics")))
    for (;; sink++) {
      char name[4] = {'a' + sink % 26, 'a' + sink / 26 % 26, 'a' + sink / 676 % 26, 'a' + sink / 17576 % 26};
      sluice_add_metric(SLUICE_COUNTER, name, 4, 1);
    }
  if (does(T("beyond"))) sluice_log(SLUICE_INFO, (sluice_text){(const char *)0xfffffff0, 0x7fffffff});
  if (does(T("not-text"))) sluice_log(SLUICE_INFO, (sluice_text){"\xff\xfe\x80", 3});
  if (verdict == 0) return;
  if (does(T("giant-reply"))) sluice_respond(verdict, 200, 0, 0, (sluice_text){filled(2 << 20), 2 << 20});
  if (does(T("broken-reply"))) sluice_respond(verdict, 200, (const sluice_header *)0xffffff00, 1000, T(""));
  if (does(T("endless-headers"))) sluice_respond(verdict, 200, 0, 0xffffffff, T(""));
  if (does(T("odd-status"))) sluice_respond(verdict, 9, 0, 0, T(""));
  static const sluice_header odd[] = {{T("x odd\r\nx-smuggled"), T("1\r\n\r\nHTTP/1.1 200 OK")}};
  if (does(T("odd-header"))) sluice_respond(verdict, 200, odd, 1, T(""));
  if (does(T("odd-request-header"))) sluice_set_request_header(odd[0].name, odd[0].value);
  if (does(T("no-such-verdict"))) verdict->tag = 77;
}

void sluice_configure(sluice_text config, sluice_setup *setup) {
  static const uint8_t hooks[] = {SLUICE_REQUEST_HEADERS, SLUICE_REQUEST_BODY, SLUICE_RESPONSE_HEADERS, SLUICE_RESPONSE_BODY,
                                  SLUICE_DONE};
  static const uint8_t chunks[] = {SLUICE_RESPONSE_CHUNK};
  sluice_text whole = sluice_kept_text(sluice_member(config, T("do")));
  uint32_t space = 0;
  while (space < whole.length && whole.at[space] != ' ') space++;
  what = (sluice_text){whole.at, space};
  where = (sluice_text){whole.at + space + 1, space < whole.length ? whole.length - space - 1 : 0};
  setup->hooks = hooks, setup->hook_count = sizeof hooks;
  if (sluice_same(where, T("response-chunk"))) setup->hooks = chunks, setup->hook_count = 1;
  if (sluice_same(where, T("tick"))) setup->tick_ms = 200;
  act(T("configure"), 0);
  if (does(T("many-hooks"))) setup->hook_count = 0xfffffff;
}

void sluice_on_request_headers(uint32_t ctx, sluice_verdict *verdict) { (void)ctx, act(T("request-headers"), verdict); }
void sluice_on_response_headers(uint32_t ctx, sluice_verdict *verdict) { (void)ctx, act(T("response-headers"), verdict); }
void sluice_on_request_body(uint32_t ctx, sluice_text body, sluice_edit *edit) {
  (void)ctx, (void)body, (void)edit;
  act(T("request-body"), 0);
}
void sluice_on_response_body(uint32_t ctx, sluice_text body, sluice_edit *edit) {
  (void)ctx, (void)body, (void)edit;
  act(T("response-body"), 0);
}
void sluice_on_response_chunk(uint32_t ctx, sluice_text chunk, int last, sluice_piece *piece) {
  (void)ctx, (void)chunk, (void)last, (void)piece;
  act(T("response-chunk"), 0);
}
void sluice_on_done(uint32_t ctx) { (void)ctx, act(T("done"), 0); }
void sluice_on_tick(void) { act(T("tick"), 0); }
