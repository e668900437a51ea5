/*
 * Sluice plugins in C, as components: include this file once, in the plugin's one source, and define the hooks the plugin has. The layout of
 * the structures is that of the canonical ABI for the world in plugin.wit, version 0.1.0.
 *
 * Memory: what the host gives to a hook, and what sluice_new gives, lives until the hook is over. What has to stay longer comes of
 * sluice_keep, which is never given back.
 */
#ifndef SLUICE_H
#define SLUICE_H
#include <stdint.h>

/** Text in UTF-8, or bytes: not ended by a zero. */
typedef struct {
  const char *at;
  uint32_t length;
} sluice_text;

typedef struct {
  sluice_text name, value;
} sluice_header;

typedef struct {
  uint8_t there;
  sluice_text value;
} sluice_maybe_text;

/** SLUICE_REFUSAL: the body is a message, told in the client's protocol. SLUICE_CHAT: it is what the model says. */
enum { SLUICE_PLAIN = 0, SLUICE_REFUSAL = 1, SLUICE_CHAT = 2 };

typedef struct {
  uint16_t status;
  const sluice_header *headers;
  uint32_t header_count;
  sluice_text body;
  uint8_t kind;
  /** A word for the access log. */
  sluice_maybe_text reason;
} sluice_reply;

enum { SLUICE_PROCEED = 0, SLUICE_PASS_BODY = 1, SLUICE_ANSWER = 2 };
enum { SLUICE_KEEP = 0, SLUICE_REPLACE = 1 };

/** How it goes on after headers: SLUICE_PROCEED, SLUICE_PASS_BODY, or SLUICE_ANSWER with `answer`. */
typedef struct {
  uint8_t tag;
  sluice_reply answer;
} sluice_verdict;

/** What becomes of a body: SLUICE_KEEP, SLUICE_REPLACE with `replace`, or SLUICE_ANSWER with `answer`. */
typedef struct {
  uint8_t tag;
  union {
    sluice_text replace;
    sluice_reply answer;
  };
} sluice_edit;

/** What becomes of a piece: SLUICE_KEEP, or SLUICE_REPLACE with `replace`. */
typedef struct {
  uint8_t tag;
  sluice_text replace;
} sluice_piece;

enum {
  SLUICE_REQUEST_HEADERS,
  SLUICE_REQUEST_BODY,
  SLUICE_CHAT_REQUEST,
  SLUICE_RESPONSE_HEADERS,
  SLUICE_RESPONSE_BODY,
  SLUICE_RESPONSE_CHUNK,
  SLUICE_CHAT_EVENT,
  SLUICE_DONE
};

/** What a configuration comes to: the hooks that are to be called, or what is wrong with it. */
typedef struct {
  const uint8_t *hooks;
  uint32_t hook_count;
  uint32_t tick_ms;
  /** Set: the configuration cannot be used. */
  sluice_text error;
} sluice_setup;

/* The plugin's part. A hook that is not defined here does nothing. */
void sluice_configure(sluice_text config, sluice_setup *setup);
__attribute__((weak)) void sluice_on_request_headers(uint32_t ctx, sluice_verdict *verdict);
__attribute__((weak)) void sluice_on_request_body(uint32_t ctx, sluice_text body, sluice_edit *edit);
__attribute__((weak)) void sluice_on_chat_request(uint32_t ctx, sluice_text chat, sluice_edit *edit);
__attribute__((weak)) void sluice_on_response_headers(uint32_t ctx, sluice_verdict *verdict);
__attribute__((weak)) void sluice_on_response_body(uint32_t ctx, sluice_text body, sluice_edit *edit);
__attribute__((weak)) void sluice_on_response_chunk(uint32_t ctx, sluice_text chunk, int last, sluice_piece *piece);
__attribute__((weak)) void sluice_on_chat_event(uint32_t ctx, sluice_text event, sluice_piece *piece);
__attribute__((weak)) void sluice_on_done(uint32_t ctx);
__attribute__((weak)) void sluice_on_tick(void);

/* Memory: an arena for one hook that grows upwards, and one that stays and grows in pages of its own. */
extern unsigned char __heap_base;
static uintptr_t sluice_arena, sluice_arena_end, sluice_kept, sluice_kept_end;

static uintptr_t sluice_grow(uintptr_t size) {
  uintptr_t pages = (size + 65535) / 65536;
  uintptr_t before = __builtin_wasm_memory_grow(0, pages);
  if (before == (uintptr_t)-1) __builtin_trap();
  return before * 65536;
}

typedef struct sluice_block {
  struct sluice_block *next;
  uintptr_t end;
} sluice_block;
static sluice_block *sluice_blocks, *sluice_block_now;

/** So many bytes until the hook is over. */
static void *sluice_aligned(uint32_t size, uint32_t align) {
  uintptr_t at = (sluice_arena + align - 1) & ~(uintptr_t)(align - 1);
  while (sluice_arena == 0 || at + size > sluice_arena_end) {
    sluice_block *next = sluice_block_now ? sluice_block_now->next : sluice_blocks;
    if (next == 0) {
      uintptr_t wanted = size + align + sizeof(sluice_block);
      next = (sluice_block *)sluice_grow(wanted);
      next->next = 0;
      next->end = (uintptr_t)next + ((wanted + 65535) / 65536) * 65536;
      if (sluice_block_now) sluice_block_now->next = next;
      else sluice_blocks = next;
    }
    sluice_block_now = next;
    sluice_arena = (uintptr_t)(next + 1);
    sluice_arena_end = next->end;
    at = (sluice_arena + align - 1) & ~(uintptr_t)(align - 1);
  }
  sluice_arena = at + size;
  return (void *)at;
}

static inline void *sluice_new(uint32_t size) { return sluice_aligned(size, 8); }

/** So many bytes for as long as the instance lives. */
static void *sluice_keep(uint32_t size) {
  uintptr_t at = (sluice_kept + 7) & ~(uintptr_t)7;
  if (sluice_kept == 0 || at + size > sluice_kept_end) {
    at = sluice_grow(size);
    sluice_kept_end = at + ((size + 65535) / 65536) * 65536;
  }
  sluice_kept = at + size;
  return (void *)at;
}

static void sluice_over(void) {
  sluice_block_now = 0;
  sluice_arena = sluice_arena_end = 0;
}

static inline void sluice_copy(void *to, const void *from, uint32_t size) {
  unsigned char *a = to;
  const unsigned char *b = from;
  for (uint32_t i = 0; i < size; i++) a[i] = b[i];
}

__attribute__((export_name("cabi_realloc"))) void *sluice_realloc(void *old, uint32_t old_size, uint32_t align, uint32_t size) {
  void *made = sluice_aligned(size, align ? align : 1);
  if (old) sluice_copy(made, old, old_size < size ? old_size : size);
  return made;
}

/* Text. */
#define SLUICE_TEXT(literal) ((sluice_text){(literal), sizeof(literal) - 1})

static inline int sluice_same(sluice_text a, sluice_text b) {
  if (a.length != b.length) return 0;
  for (uint32_t i = 0; i < a.length; i++) if (a.at[i] != b.at[i]) return 0;
  return 1;
}

/** Where `part` begins in `whole`, or -1. */
static inline int32_t sluice_find(sluice_text whole, sluice_text part) {
  for (uint32_t i = 0; i + part.length <= whole.length; i++)
    if (sluice_same((sluice_text){whole.at + i, part.length}, part)) return (int32_t)i;
  return -1;
}

/** The value of a text member of a flat JSON object, without escapes; empty when there is none. For configurations that are as simple. */
static inline sluice_text sluice_member(sluice_text json, sluice_text name) {
  for (uint32_t i = 1; i + name.length < json.length; i++) {
    if (json.at[i - 1] != '"' || !sluice_same((sluice_text){json.at + i, name.length}, name)) continue;
    uint32_t at = i + name.length;
    if (json.at[at] != '"') continue;
    for (at++; at < json.length && (json.at[at] == ':' || json.at[at] == ' '); at++) {}
    if (at >= json.length || json.at[at] != '"') continue;
    uint32_t end = ++at;
    while (end < json.length && json.at[end] != '"') end++;
    return (sluice_text){json.at + at, end - at};
  }
  return (sluice_text){0, 0};
}

/** A copy that stays. */
static inline sluice_text sluice_kept_text(sluice_text text) {
  char *at = sluice_keep(text.length);
  sluice_copy(at, text.at, text.length);
  return (sluice_text){at, text.length};
}

/* What the host gives. */
#define SLUICE_IMPORT(module, name) __attribute__((import_module("sluice:plugin/" module "@0.1.0"), import_name(name)))

typedef struct {
  const sluice_header *at;
  uint32_t count;
} sluice_headers;

SLUICE_IMPORT("request", "get-method") void sluice_request_method(sluice_text *method);
SLUICE_IMPORT("request", "get-path") void sluice_request_path(sluice_text *path);
SLUICE_IMPORT("request", "set-path") void sluice_request_set_path(const char *path, uint32_t length);
SLUICE_IMPORT("request", "get-headers") void sluice_request_headers(sluice_headers *headers);
SLUICE_IMPORT("request", "get-header") void sluice_request_get(const char *name, uint32_t length, sluice_maybe_text *value);
SLUICE_IMPORT("request", "set-header") void sluice_request_set(const char *name, uint32_t length, const char *value, uint32_t value_length);
SLUICE_IMPORT("request", "add-header") void sluice_request_add(const char *name, uint32_t length, const char *value, uint32_t value_length);
SLUICE_IMPORT("request", "remove-header") void sluice_request_remove(const char *name, uint32_t length);
SLUICE_IMPORT("request", "get-property") void sluice_get_property(const char *path, uint32_t length, sluice_maybe_text *value);
SLUICE_IMPORT("request", "set-consumer") void sluice_set_consumer(const char *name, uint32_t length);
SLUICE_IMPORT("request", "reroute") void sluice_reroute(void);
SLUICE_IMPORT("response", "get-status") uint32_t sluice_response_status(void);
SLUICE_IMPORT("response", "set-status") void sluice_response_set_status(uint32_t status);
SLUICE_IMPORT("response", "get-header") void sluice_response_get(const char *name, uint32_t length, sluice_maybe_text *value);
SLUICE_IMPORT("response", "set-header") void sluice_response_set(const char *name, uint32_t length, const char *value, uint32_t value_length);
SLUICE_IMPORT("response", "remove-header") void sluice_response_remove(const char *name, uint32_t length);
SLUICE_IMPORT("host", "log") void sluice_log_as(uint32_t level, const char *message, uint32_t length);
SLUICE_IMPORT("host", "now-ms") uint64_t sluice_now_ms(void);
SLUICE_IMPORT("host", "add-metric") void sluice_add_metric(uint32_t kind, const char *name, uint32_t length, double by);

enum { SLUICE_TRACE, SLUICE_DEBUG, SLUICE_INFO, SLUICE_WARN, SLUICE_ERROR, SLUICE_CRITICAL };
enum { SLUICE_COUNTER, SLUICE_GAUGE, SLUICE_HISTOGRAM };

typedef struct {
  uint16_t status;
  const sluice_header *headers;
  uint32_t header_count;
  sluice_text body;
} sluice_call_answer;

typedef struct {
  /** 0: `answer` holds what was answered; else there was none. */
  uint8_t failed;
  union {
    sluice_call_answer answer;
    uint8_t error;
  };
} sluice_call_result;

SLUICE_IMPORT("callout", "http")
void sluice_http(const char *upstream, uint32_t upstream_length, const char *method, uint32_t method_length, const char *path,
                 uint32_t path_length, const sluice_header *headers, uint32_t header_count, const char *body, uint32_t body_length,
                 uint32_t timeout_ms, sluice_call_result *result);

static inline sluice_maybe_text sluice_request_header(sluice_text name) {
  sluice_maybe_text value;
  sluice_request_get(name.at, name.length, &value);
  return value;
}

static inline void sluice_set_request_header(sluice_text name, sluice_text value) {
  sluice_request_set(name.at, name.length, value.at, value.length);
}

static inline void sluice_set_response_header(sluice_text name, sluice_text value) {
  sluice_response_set(name.at, name.length, value.at, value.length);
}

static inline void sluice_log(uint32_t level, sluice_text message) { sluice_log_as(level, message.at, message.length); }

static inline void sluice_refuse(sluice_verdict *verdict, uint16_t status, sluice_text message) {
  verdict->tag = SLUICE_ANSWER;
  verdict->answer = (sluice_reply){status, 0, 0, message, SLUICE_REFUSAL, {0}};
}

static inline void sluice_respond(sluice_verdict *verdict, uint16_t status, const sluice_header *headers, uint32_t count, sluice_text body) {
  verdict->tag = SLUICE_ANSWER;
  verdict->answer = (sluice_reply){status, headers, count, body, SLUICE_PLAIN, {0}};
}

/* The component's exports. */
#define SLUICE_GUEST "sluice:plugin/guest@0.1.0#"
#define SLUICE_EXPORT(name) __attribute__((export_name(SLUICE_GUEST name)))
#define SLUICE_POST(name) __attribute__((export_name("cabi_post_" SLUICE_GUEST name)))

typedef struct {
  uint8_t failed;
  union {
    struct {
      const uint8_t *hooks;
      uint32_t hook_count;
      uint32_t tick_ms;
    } setup;
    sluice_text error;
  };
} sluice_configured;

static sluice_configured sluice_configured_as;
SLUICE_EXPORT("configure") sluice_configured *sluice_export_configure(const char *at, uint32_t length) {
  sluice_setup setup = {0};
  sluice_configure((sluice_text){at, length}, &setup);
  sluice_configured_as.failed = setup.error.length > 0;
  if (sluice_configured_as.failed) sluice_configured_as.error = setup.error;
  else {
    sluice_configured_as.setup.hooks = setup.hooks;
    sluice_configured_as.setup.hook_count = setup.hook_count;
    sluice_configured_as.setup.tick_ms = setup.tick_ms;
  }
  return &sluice_configured_as;
}
SLUICE_POST("configure") void sluice_post_configure(void *result) { (void)result; sluice_over(); }

static sluice_verdict sluice_verdict_now;
static sluice_edit sluice_edit_now;
static sluice_piece sluice_piece_now;

#define SLUICE_HEADERS_HOOK(wit, name)                                                     \
  SLUICE_EXPORT(wit) sluice_verdict *sluice_export_##name(uint32_t ctx) {                 \
    sluice_verdict_now = (sluice_verdict){0};                                             \
    if (sluice_##name) sluice_##name(ctx, &sluice_verdict_now);                           \
    return &sluice_verdict_now;                                                           \
  }                                                                                       \
  SLUICE_POST(wit) void sluice_post_##name(void *result) { (void)result; sluice_over(); }

#define SLUICE_BODY_HOOK(wit, name)                                                        \
  SLUICE_EXPORT(wit) sluice_edit *sluice_export_##name(uint32_t ctx, const char *at, uint32_t length) { \
    sluice_edit_now = (sluice_edit){0};                                                   \
    if (sluice_##name) sluice_##name(ctx, (sluice_text){at, length}, &sluice_edit_now);   \
    return &sluice_edit_now;                                                              \
  }                                                                                       \
  SLUICE_POST(wit) void sluice_post_##name(void *result) { (void)result; sluice_over(); }

SLUICE_HEADERS_HOOK("on-request-headers", on_request_headers)
SLUICE_BODY_HOOK("on-request-body", on_request_body)
SLUICE_BODY_HOOK("on-chat-request", on_chat_request)
SLUICE_HEADERS_HOOK("on-response-headers", on_response_headers)
SLUICE_BODY_HOOK("on-response-body", on_response_body)

SLUICE_EXPORT("on-response-chunk") sluice_piece *sluice_export_chunk(uint32_t ctx, const char *at, uint32_t length, uint32_t last) {
  sluice_piece_now = (sluice_piece){0};
  if (sluice_on_response_chunk) sluice_on_response_chunk(ctx, (sluice_text){at, length}, last != 0, &sluice_piece_now);
  return &sluice_piece_now;
}
SLUICE_POST("on-response-chunk") void sluice_post_chunk(void *result) { (void)result; sluice_over(); }

SLUICE_EXPORT("on-chat-event") sluice_piece *sluice_export_event(uint32_t ctx, const char *at, uint32_t length) {
  sluice_piece_now = (sluice_piece){0};
  if (sluice_on_chat_event) sluice_on_chat_event(ctx, (sluice_text){at, length}, &sluice_piece_now);
  return &sluice_piece_now;
}
SLUICE_POST("on-chat-event") void sluice_post_event(void *result) { (void)result; sluice_over(); }

SLUICE_EXPORT("on-done") void sluice_export_done(uint32_t ctx) {
  if (sluice_on_done) sluice_on_done(ctx);
  sluice_over();
}
SLUICE_EXPORT("on-tick") void sluice_export_tick(void) {
  if (sluice_on_tick) sluice_on_tick();
  sluice_over();
}
#endif
