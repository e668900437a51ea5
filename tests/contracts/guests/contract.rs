//! The guest of tests/contracts/plugin.ts in Rust, as a component.
use sluice_plugin::callout::{http, Call};
use sluice_plugin::{member, plugin, request, response, Edit, Hook, Piece, Plugin, Reply, Setup, Verdict};

struct Contract {
    mode: String,
    key: String,
    consumer: String,
    upstream: String,
}

impl Contract {
    fn key_auth(&self) -> Verdict {
        match request::header("x-api-key") {
            None => Verdict::Answer(Reply::refuse(401, "No API key found.")),
            Some(key) if key != self.key => Verdict::Answer(Reply::refuse(401, "Unknown API key.")),
            Some(_) => {
                request::set_consumer(&self.consumer);
                request::set_header("x-mse-consumer", &self.consumer);
                Verdict::Proceed
            }
        }
    }

    fn call_out(&self) -> Verdict {
        let headers = [("x-user".to_owned(), request::header("x-user").unwrap_or_default())];
        let upstream = &self.upstream;
        let asked = Call { upstream, method: "GET", path: "/check", headers: &headers, body: &[], timeout_ms: 10_000 };
        match http(&asked) {
            Ok(answer) if answer.status == 200 => {
                request::set_header("x-checked", &String::from_utf8_lossy(&answer.body));
                Verdict::Proceed
            }
            _ => Verdict::Answer(Reply::refuse(403, "Not allowed.")),
        }
    }
}

impl Plugin for Contract {
    fn configure(config: &str) -> Result<(Self, Setup), String> {
        let text = |name| member(config, name).unwrap_or_default();
        let mode = member(config, "mode").ok_or("there is no mode")?;
        let setup = Setup::of(match mode.as_str() {
            "headers" => &[Hook::RequestHeaders, Hook::ResponseHeaders],
            "body" => &[Hook::RequestBody, Hook::ResponseBody],
            "events" => &[Hook::ChatEvent],
            _ => &[Hook::RequestHeaders],
        });
        Ok((Contract { mode, key: text("key"), consumer: text("consumer"), upstream: text("upstream") }, setup))
    }

    fn on_request_headers(&mut self, _ctx: u32) -> Verdict {
        match self.mode.as_str() {
            "key-auth" => self.key_auth(),
            "callout" => self.call_out(),
            "early" => Verdict::Answer(Reply::respond(418, "short and stout").header("x-early", "yes")),
            _ => {
                request::set_header("x-added", "1");
                request::add_header("x-many", "b");
                request::remove_header("x-removed");
                Verdict::Proceed
            }
        }
    }

    fn on_request_body(&mut self, _ctx: u32, mut body: Vec<u8>) -> Edit {
        body.make_ascii_uppercase();
        Edit::Replace(body)
    }

    fn on_response_headers(&mut self, _ctx: u32) -> Verdict {
        response::set_header("x-seen", &response::status().to_string());
        response::remove_header("x-gone");
        Verdict::Proceed
    }

    fn on_response_body(&mut self, _ctx: u32, body: Vec<u8>) -> Edit {
        Edit::Replace([b"<", body.as_slice(), b">"].concat())
    }

    fn on_chat_event(&mut self, _ctx: u32, event: String) -> Piece<String> {
        if event.contains("secret") && event.contains("\"type\":\"text\"") {
            return Piece::Replace(format!("[{}]", event.replace("secret", "******")));
        }
        Piece::Keep
    }
}

plugin!(Contract);
