//! Calls every function of its host once, and tells what came of it: with the SDK, so that its layouts are tried too.
use sluice_plugin::callout::{http, Call, Redis};
use sluice_plugin::host::{self, Level, Metric};
use sluice_plugin::{member, plugin, request, response, store, Edit, Hook, Piece, Plugin, Reply, Setup, Verdict};

struct Probe {
    config: String,
    done: u32,
}

impl Plugin for Probe {
    fn configure(config: &str) -> Result<(Self, Setup), String> {
        if let Some(refusal) = member(config, "refuse") {
            return Err(refusal);
        }
        let hooks = [
            Hook::RequestHeaders,
            Hook::RequestBody,
            Hook::ChatRequest,
            Hook::ResponseHeaders,
            Hook::ResponseBody,
            Hook::ResponseChunk,
            Hook::ChatEvent,
            Hook::Done,
        ];
        Ok((Probe { config: config.to_owned(), done: 0 }, Setup { hooks: hooks.to_vec(), tick_ms: 5000 }))
    }

    fn on_request_headers(&mut self, _ctx: u32) -> Verdict {
        let mut said = vec![
            format!("config {}", self.config),
            format!("done {}", self.done),
            format!("{} {} {}", request::method(), request::host(), request::path()),
            format!("headers {:?}", request::headers()),
            format!("header {:?} {:?}", request::header("x-in"), request::header("x-none")),
            format!("property {:?}", request::property("a.b")),
            format!("secret {:?} {:?}", host::secret("token"), host::secret("none")),
            format!("now {} random {}", host::now_ms(), host::random()),
        ];
        request::set_property("a.c", Some("é"));
        request::set_property("a.d", None);
        let before = host::shared("key");
        said.push(format!("shared {:?} {:?}", before, host::set_shared("key", Some(b"\x00\xff"), 0)));
        let cas = host::shared("key").map_or(0, |(_, cas)| cas);
        said.push(format!("cas {:?} {:?}", host::set_shared("key", None, cas + 1), host::set_shared("key", None, cas)));
        said.push(format!("store {:?} {:?}", store::get("k"), store::set("k", "värde", 60_000)));
        said.push(format!("store {:?} {:?}", store::get("k"), store::set_if_absent("k", "other", 0)));
        said.push(format!("store {:?} {:?}", store::delete("k"), store::increment("n", -3, 60_000)));
        let headers = [("x-a".to_owned(), "ü".to_owned())];
        let call =
            Call { upstream: "auth", method: "POST", path: "/a?b", headers: &headers, body: &[0, 1], timeout_ms: 77 };
        said.push(format!("callout {:?}", http(&call)));
        let redis = Redis { host: "cache", port: 6379, username: "u", password: "p", database: 3, timeout_ms: 50 };
        said.push(format!("redis {:?}", redis.command(&[b"GET", b"k"])));
        host::add_metric(Metric::Counter, "counted", 2.0);
        host::add_metric(Metric::Histogram, "sizes", 0.5);
        host::set_metric("level", -1.25);
        request::set_method("PUT");
        request::set_host("other.example");
        request::set_path("/new?q=1");
        request::set_consumer("bob");
        request::reroute();
        request::override_upstream("10.0.0.1:80");
        for line in said {
            host::log(Level::Warn, &line);
        }
        Verdict::PassBody
    }

    fn on_request_body(&mut self, _ctx: u32, mut body: Vec<u8>) -> Edit {
        body.reverse();
        match body.len() {
            0 => Edit::Answer(Reply::chat("empty").header("x-empty", "yes").reason("probe.empty")),
            length if length % 2 == 0 => Edit::Keep,
            _ => Edit::Replace(body),
        }
    }

    fn on_chat_request(&mut self, _ctx: u32, chat: String) -> Edit<String> {
        Edit::Replace(chat.replace("secret", "******"))
    }

    fn on_response_headers(&mut self, _ctx: u32) -> Verdict {
        host::log(Level::Info, &format!("{} {:?}", response::status(), response::headers()));
        host::log(Level::Info, &format!("{:?}", response::header("x-up")));
        response::set_status(299);
        response::add_header("x-up", "more");
        response::remove_header("x-gone");
        Verdict::Answer(Reply::respond(202, vec![0, 255]).header("x-one", "1").header("x-two", "ß"))
    }

    fn on_response_body(&mut self, _ctx: u32, body: Vec<u8>) -> Edit {
        Edit::Replace([body.as_slice(), body.as_slice()].concat())
    }

    fn on_response_chunk(&mut self, _ctx: u32, chunk: Vec<u8>, last: bool) -> Piece {
        match (chunk.len() % 3, last) {
            (0, _) => Piece::Keep,
            (1, true) => Piece::Replace(Vec::new()),
            (_, last) => Piece::Replace(vec![last.into(); chunk.len()]),
        }
    }

    fn on_chat_event(&mut self, _ctx: u32, event: String) -> Piece<String> {
        if event.contains("\"text\":\"\"") {
            return Piece::Replace("[]".to_owned());
        }
        Piece::Replace(format!("[{event},{event}]"))
    }

    fn on_done(&mut self, _ctx: u32) {
        self.done += 1;
    }

    fn on_tick(&mut self) {
        host::log(Level::Debug, "tick");
    }
}

plugin!(Probe);
