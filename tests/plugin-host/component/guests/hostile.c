/* Does what its configuration's `deed` says, in the hook that `hook` names; in others nothing. */
#include "sluice.h"

#define T SLUICE_TEXT
static sluice_text deed, hook;
static const uint8_t HOOKS[] = {SLUICE_REQUEST_HEADERS, SLUICE_REQUEST_BODY,  SLUICE_CHAT_REQUEST, SLUICE_RESPONSE_HEADERS,
                                SLUICE_RESPONSE_BODY,   SLUICE_RESPONSE_CHUNK, SLUICE_CHAT_EVENT};

static volatile uint32_t sink;
static uint32_t deeper(uint32_t depth) {
  volatile char room[64];
  room[depth % 64] = (char)depth;
  return deeper(depth + 1) + (uint32_t)room[depth % 64];
}

static void act(sluice_text here) {
  if (!sluice_same(here, hook)) return;
  if (sluice_same(deed, T("loop"))) for (;;) sink++;
  if (sluice_same(deed, T("trap"))) __builtin_trap();
  if (sluice_same(deed, T("recursion"))) sink = deeper(1);
  if (sluice_same(deed, T("memory"))) for (;;) sluice_keep(1 << 20);
  if (sluice_same(deed, T("calls"))) for (;;) sluice_set_request_header(T("x-flood"), T("1"));
  if (sluice_same(deed, T("logs"))) for (uint32_t i = 0; i < 20000; i++) sluice_log(SLUICE_ERROR, T("flood"));
  if (sluice_same(deed, T("wild"))) sluice_set_request_header((sluice_text){(const char *)0x7ffffff0, 64}, T("1"));
  if (sluice_same(deed, T("not-text"))) sluice_set_request_header(T("x-a"), T("\xff\xfe"));
}

void sluice_configure(sluice_text config, sluice_setup *setup) {
  config = sluice_kept_text(config);
  deed = sluice_member(config, T("deed"));
  hook = sluice_member(config, T("hook"));
  act(T("configure"));
  setup->hooks = HOOKS;
  setup->hook_count = sizeof(HOOKS);
}

/* Many headers, which are all the same memory. */
static void giant(sluice_verdict *verdict) {
  uint32_t count = 100000;
  sluice_header *headers = sluice_new(count * sizeof(sluice_header));
  char *whole = sluice_new(1 << 16);
  for (uint32_t i = 0; i < count; i++) headers[i] = (sluice_header){T("x-giant"), {whole, 1 << 16}};
  sluice_respond(verdict, 200, headers, count, T(""));
}

void sluice_on_request_headers(uint32_t ctx, sluice_verdict *verdict) {
  (void)ctx;
  act(T("requestHeaders"));
  if (sluice_same(deed, T("giant"))) giant(verdict);
  if (sluice_same(deed, T("no-case"))) verdict->tag = 7;
}
void sluice_on_request_body(uint32_t ctx, sluice_text body, sluice_edit *edit) {
  (void)ctx, (void)body, (void)edit;
  act(T("requestBody"));
}
void sluice_on_chat_request(uint32_t ctx, sluice_text chat, sluice_edit *edit) {
  (void)ctx, (void)chat;
  act(T("chatRequest"));
  if (sluice_same(deed, T("no-json"))) edit->tag = SLUICE_REPLACE, edit->replace = T("{");
  if (sluice_same(deed, T("no-chat"))) edit->tag = SLUICE_REPLACE, edit->replace = T("[]");
}
void sluice_on_response_headers(uint32_t ctx, sluice_verdict *verdict) {
  (void)ctx, (void)verdict;
  act(T("responseHeaders"));
}
void sluice_on_response_body(uint32_t ctx, sluice_text body, sluice_edit *edit) {
  (void)ctx, (void)body, (void)edit;
  act(T("responseBody"));
}
void sluice_on_response_chunk(uint32_t ctx, sluice_text chunk, int last, sluice_piece *piece) {
  (void)ctx, (void)chunk, (void)last, (void)piece;
  act(T("responseChunk"));
}
void sluice_on_chat_event(uint32_t ctx, sluice_text event, sluice_piece *piece) {
  (void)ctx, (void)event, (void)piece;
  act(T("chatEvent"));
}
