// A proxy-wasm plugin that means harm. Its configuration says what it does and in which callback: `{"do":"spin request_headers"}`.

typedef unsigned int u32;
typedef unsigned char u8;

#define EXPORT(name) __attribute__((export_name(#name)))
#define IMPORT(module, name) __attribute__((import_module(module), import_name(#name)))

IMPORT("env", proxy_log) u32 proxy_log(u32 level, const char *text, u32 size);
IMPORT("env", proxy_get_buffer_bytes) u32 proxy_get_buffer_bytes(u32 type, u32 from, u32 size, char **data, u32 *length);
IMPORT("env", proxy_send_local_response)
u32 proxy_send_local_response(u32 status, const char *details, u32 details_size, const char *body, u32 body_size,
                              const char *headers, u32 headers_size, u32 grpc);
IMPORT("env", proxy_http_call)
u32 proxy_http_call(const char *upstream, u32 upstream_size, const char *headers, u32 headers_size, const char *body,
                    u32 body_size, const char *trailers, u32 trailers_size, u32 timeout, u32 *id);
IMPORT("env", proxy_set_shared_data) u32 proxy_set_shared_data(const char *key, u32 size, const char *value, u32 length, u32 cas);
IMPORT("env", proxy_replace_header_map_value)
u32 proxy_replace_header_map_value(u32 map, const char *name, u32 name_size, const char *value, u32 value_size);
IMPORT("env", proxy_define_metric) u32 proxy_define_metric(u32 kind, const char *name, u32 size, u32 *id);
IMPORT("env", proxy_set_tick_period_milliseconds) u32 proxy_set_tick_period_milliseconds(u32 period);
IMPORT("wasi_snapshot_preview1", environ_sizes_get) u32 environ_sizes_get(u32 *count, u32 *size);
IMPORT("wasi_snapshot_preview1", fd_prestat_get) u32 fd_prestat_get(u32 fd, u32 *prestat);
IMPORT("wasi_snapshot_preview1", path_open)
u32 path_open(u32 fd, u32 flags, const char *path, u32 size, u32 open, unsigned long long rights,
              unsigned long long inheriting, u32 fd_flags, u32 *opened);
IMPORT("wasi_snapshot_preview1", proc_exit) void proc_exit(u32 code);

extern u8 __heap_base;
static u32 heap;
static char configuration[64];
static u32 configuration_size;

EXPORT(malloc) void *allocate(u32 size) {
  if (heap == 0) heap = (u32)&__heap_base;
  u32 at = (heap + 7) & ~7u;
  u32 end = at + size, have = __builtin_wasm_memory_size(0) * 65536u;
  if (end > have && __builtin_wasm_memory_grow(0, (end - have + 65535) / 65536) == (u32)-1) __builtin_trap();
  heap = end;
  return (void *)at;
}

static u32 length(const char *text) {
  u32 size = 0;
  while (text[size]) size++;
  return size;
}

// Whether the configuration says `text`, from `at` on, and then ends or has a space.
static int says(u32 at, const char *text) {
  u32 size = length(text);
  if (at + size > configuration_size) return 0;
  for (u32 i = 0; i < size; i++)
    if (configuration[at + i] != text[i]) return 0;
  return at + size == configuration_size || configuration[at + size] == ' ';
}

static void say(const char *text) { proxy_log(2, text, length(text)); }

static volatile u32 sink;

static u32 recurse(u32 depth) {
  volatile u8 frame[64];
  frame[depth & 63] = (u8)depth;
  return recurse(depth + 1) + frame[depth & 31];
}

static char *filled(u32 size) {
  char *bytes = allocate(size);
  __builtin_memset(bytes, 'x', size);
  return bytes;
}

static void look_around(void) {
  u32 count = 99, size = 99, opened = 0, prestat[2];
  environ_sizes_get(&count, &size);
  say(count == 0 && size == 0 ? "no environment" : "an environment");
  int folders = 0;
  for (u32 fd = 3; fd < 20; fd++) folders += fd_prestat_get(fd, prestat) == 0;
  say(folders == 0 ? "no folders" : "a folder");
  say(path_open(3, 0, "/etc/passwd", 11, 0, -1ull, -1ull, 0, &opened) == 0 ? "a file" : "no file");
}

static void act(void) {
  if (says(0, "spin"))
    for (;;) sink++;
  if (says(0, "fill"))
    for (;;) __builtin_memset(&__heap_base, sink++, 32768);
  if (says(0, "recurse")) sink = recurse(0);
  if (says(0, "trap")) __builtin_trap();
  if (says(0, "exit")) proc_exit(7);
  if (says(0, "grow"))
    for (;;) filled(1 << 20)[0] = 1;
  if (says(0, "flood-log"))
    for (;;) say("line");
  if (says(0, "flood-callouts"))
    for (u32 id;;) proxy_http_call("backend", 7, 0, 0, 0, 0, 0, 0, 1000, &id);
  if (says(0, "flood-shared"))
    for (;; sink++) proxy_set_shared_data((const char *)&sink, 4, (const char *)&__heap_base, 32768, 0);
  if (says(0, "flood-metrics"))
    for (u32 id;; sink++) {
      char name[4] = {'a' + sink % 26, 'a' + sink / 26 % 26, 'a' + sink / 676 % 26, 'a' + sink / 17576 % 26};
      proxy_define_metric(0, name, 4, &id);
    }
  if (says(0, "giant-reply")) proxy_send_local_response(200, 0, 0, filled(2 << 20), 2 << 20, 0, 0, -1);
  if (says(0, "giant-header")) proxy_replace_header_map_value(0, "x-giant", 7, filled(2 << 20), 2 << 20);
  // Two headers are said to follow, of lengths that no memory has.
  static const u32 map[] = {2, 0x7fffffff, 0x7fffffff, 0xffffffff, 0xffffffff};
  if (says(0, "broken-headers")) proxy_send_local_response(200, 0, 0, 0, 0, (const char *)map, sizeof map, -1);
  if (says(0, "beyond")) proxy_log(2, (const char *)0xfffffff0, 0x7fffffff);
  if (says(0, "look-around")) look_around();
}

static void in(const char *callback) {
  u32 at = 0;
  while (at < configuration_size && configuration[at] != ' ') at++;
  if (says(at + 1, callback)) act();
}

EXPORT(proxy_abi_version_0_2_1) void abi(void) {}
EXPORT(proxy_on_context_create) void on_context_create(u32 id, u32 parent) { in("context_create"); }
EXPORT(proxy_on_vm_start) u32 on_vm_start(u32 id, u32 size) { return 1; }
EXPORT(proxy_on_configure) u32 on_configure(u32 id, u32 size) {
  char *data;
  u32 got;
  if (size > 0 && proxy_get_buffer_bytes(7, 0, size, &data, &got) == 0) {
    // Without `{"do":"` and `"}`.
    configuration_size = got > 9 && got - 9 < sizeof configuration ? got - 9 : 0;
    for (u32 i = 0; i < configuration_size; i++) configuration[i] = data[i + 7];
  }
  in("configure");
  if (says(0, "trap tick")) proxy_set_tick_period_milliseconds(200);
  return 1;
}
EXPORT(proxy_on_tick) void on_tick(u32 id) { in("tick"); }
EXPORT(proxy_on_request_headers) u32 on_request_headers(u32 id, u32 count, u32 end) {
  in("request_headers");
  return 0;
}
EXPORT(proxy_on_request_body) u32 on_request_body(u32 id, u32 size, u32 end) {
  in("request_body");
  return 0;
}
EXPORT(proxy_on_response_headers) u32 on_response_headers(u32 id, u32 count, u32 end) {
  in("response_headers");
  return 0;
}
EXPORT(proxy_on_response_body) u32 on_response_body(u32 id, u32 size, u32 end) {
  in("response_body");
  return 0;
}
EXPORT(proxy_on_done) u32 on_done(u32 id) {
  in("done");
  return 1;
}
EXPORT(proxy_on_log) void on_log(u32 id) { in("log"); }
EXPORT(proxy_on_delete) void on_delete(u32 id) { in("delete"); }
