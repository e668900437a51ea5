//! Plugins for Sluice as WebAssembly components, over the canonical ABI of the world in `plugin.wit`, version 0.1.0. Needs nothing but the
//! standard library:
//!
//! ```ignore
//! use sluice_plugin::{plugin, request, Hook, Plugin, Reply, Setup, Verdict};
//!
//! struct Teams { header: String }
//!
//! impl Plugin for Teams {
//!     fn configure(config: &str) -> Result<(Self, Setup), String> {
//!         let header = sluice_plugin::member(config, "header").ok_or("there is no header")?;
//!         Ok((Teams { header }, Setup::of(&[Hook::RequestHeaders])))
//!     }
//!     fn on_request_headers(&mut self, _ctx: u32) -> Verdict {
//!         match request::header(&self.header) {
//!             Some(_) => Verdict::Proceed,
//!             None => Verdict::Answer(Reply::refuse(403, "Which team are you?")),
//!         }
//!     }
//! }
//! plugin!(Teams);
//! ```
#[doc(hidden)]
pub mod abi;
pub mod callout;
pub mod host;
mod json;
mod memory;
pub mod request;
pub mod response;
pub mod store;

pub use json::member;

/// A header: its name in lower case, and its value.
pub type Header = (String, String);

/// What a plugin wants to be asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Hook {
    RequestHeaders,
    RequestBody,
    ChatRequest,
    ResponseHeaders,
    ResponseBody,
    ResponseChunk,
    ChatEvent,
    Done,
}

/// What a configuration comes to.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    pub hooks: Vec<Hook>,
    /// Every how many milliseconds `on_tick` is wanted; 0: never.
    pub tick_ms: u32,
}

impl Setup {
    pub fn of(hooks: &[Hook]) -> Self {
        Setup { hooks: hooks.to_vec(), tick_ms: 0 }
    }
}

/// How an answer is told to the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum ReplyKind {
    Plain,
    /// The body is a message, told in the client's protocol.
    Refusal,
    /// The body is what the model says.
    Chat,
}

/// The plugin's own answer.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<Header>,
    pub body: Vec<u8>,
    pub kind: ReplyKind,
    /// A word for the access log.
    pub reason: Option<String>,
}

impl Reply {
    fn new(status: u16, body: Vec<u8>, kind: ReplyKind) -> Self {
        Reply { status, headers: Vec::new(), body, kind, reason: None }
    }

    /// An answer as it is.
    pub fn respond(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Reply::new(status, body.into(), ReplyKind::Plain)
    }

    /// Why the request may not go on; the client sees the message.
    pub fn refuse(status: u16, message: impl Into<String>) -> Self {
        Reply::new(status, message.into().into_bytes(), ReplyKind::Refusal)
    }

    /// An answer in a model's place.
    pub fn chat(text: impl Into<String>) -> Self {
        Reply::new(200, text.into().into_bytes(), ReplyKind::Chat)
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn reason(mut self, word: &str) -> Self {
        self.reason = Some(word.to_owned());
        self
    }
}

/// How it goes on after headers.
pub enum Verdict {
    Proceed,
    /// None of this message's body is wanted.
    PassBody,
    Answer(Reply),
}

/// What becomes of a body, or of a chat.
pub enum Edit<T = Vec<u8>> {
    Keep,
    Replace(T),
    Answer(Reply),
}

/// What becomes of a piece of an answer.
pub enum Piece<T = Vec<u8>> {
    Keep,
    /// With nothing in it: held back.
    Replace(T),
}

/// One configuration at work. `ctx` names the request; all of its hooks are asked of one instance, others may come in between.
pub trait Plugin: Sized {
    /// `config` is JSON.
    fn configure(config: &str) -> Result<(Self, Setup), String>;
    fn on_request_headers(&mut self, _ctx: u32) -> Verdict {
        Verdict::Proceed
    }
    fn on_request_body(&mut self, _ctx: u32, _body: Vec<u8>) -> Edit {
        Edit::Keep
    }
    /// The chat as JSON, in Sluice's own form.
    fn on_chat_request(&mut self, _ctx: u32, _chat: String) -> Edit<String> {
        Edit::Keep
    }
    fn on_response_headers(&mut self, _ctx: u32) -> Verdict {
        Verdict::Proceed
    }
    fn on_response_body(&mut self, _ctx: u32, _body: Vec<u8>) -> Edit {
        Edit::Keep
    }
    /// `last` comes once, perhaps with an empty piece.
    fn on_response_chunk(&mut self, _ctx: u32, _chunk: Vec<u8>, _last: bool) -> Piece {
        Piece::Keep
    }
    /// A step of a chat's answer as JSON; a replacement is a JSON list of steps.
    fn on_chat_event(&mut self, _ctx: u32, _event: String) -> Piece<String> {
        Piece::Keep
    }
    fn on_done(&mut self, _ctx: u32) {}
    fn on_tick(&mut self) {}
}
