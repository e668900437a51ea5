//! Asks others. The plugin waits; other requests do not.
use crate::memory::{Line, Lines, Text};
use crate::Header;

#[link(wasm_import_module = "sluice:plugin/callout@0.1.0")]
extern "C" {
    #[link_name = "http"]
    #[allow(clippy::too_many_arguments)]
    fn ask_http(
        upstream: *const u8,
        upstream_length: usize,
        method: *const u8,
        method_length: usize,
        path: *const u8,
        path_length: usize,
        headers: *const Line,
        header_count: usize,
        body: *const u8,
        body_length: usize,
        timeout_ms: u32,
        given: *mut GivenAnswer,
    );
    #[link_name = "redis"]
    fn ask_redis(
        host: *const u8,
        host_length: usize,
        port: i32,
        username: *const u8,
        username_length: usize,
        password: *const u8,
        password_length: usize,
        database: u32,
        timeout_ms: u32,
        command: *const Text,
        command_count: usize,
        given: *mut GivenReply,
    );
}

#[derive(Clone, Copy)]
#[repr(C)]
struct RawAnswer {
    status: u16,
    headers: Lines,
    body: Text,
}

#[repr(C)]
union AnswerOr {
    value: RawAnswer,
    error: u8,
}

#[repr(C)]
struct GivenAnswer {
    failed: u8,
    of: AnswerOr,
}

#[repr(C)]
struct GivenReply {
    failed: u8,
    value: Text,
}

/// A request to a configured service, by its name, or to an origin that the entry allows.
#[derive(Clone, Debug)]
pub struct Call<'a> {
    pub upstream: &'a str,
    pub method: &'a str,
    /// With the query.
    pub path: &'a str,
    pub headers: &'a [Header],
    pub body: &'a [u8],
    pub timeout_ms: u32,
}

#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<Header>,
    pub body: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallError {
    Timeout,
    Unreachable,
    Denied,
    TooLarge,
    Aborted,
}

const ERRORS: [CallError; 5] =
    [CallError::Timeout, CallError::Unreachable, CallError::Denied, CallError::TooLarge, CallError::Aborted];

pub fn http(call: &Call) -> Result<Answer, CallError> {
    let lines: Vec<Line> = call.headers.iter().map(Line::of).collect();
    let mut given = GivenAnswer { failed: 0, of: AnswerOr { error: 0 } };
    unsafe {
        ask_http(
            call.upstream.as_ptr(),
            call.upstream.len(),
            call.method.as_ptr(),
            call.method.len(),
            call.path.as_ptr(),
            call.path.len(),
            lines.as_ptr(),
            lines.len(),
            call.body.as_ptr(),
            call.body.len(),
            call.timeout_ms,
            &mut given,
        );
        if given.failed != 0 {
            return Err(ERRORS[usize::from(given.of.error)]);
        }
        let RawAnswer { status, headers, body } = given.of.value;
        Ok(Answer { status, headers: headers.take(), body: body.take() })
    }
}

/// A Redis; with 0 and nothing where the default is meant.
#[derive(Clone, Debug, Default)]
pub struct Redis<'a> {
    pub host: &'a str,
    pub port: u16,
    pub username: &'a str,
    pub password: &'a str,
    pub database: u32,
    pub timeout_ms: u32,
}

impl Redis<'_> {
    /// One command. The answer is JSON: texts, numbers, null and lists.
    pub fn command(&self, command: &[&[u8]]) -> Result<String, String> {
        let texts: Vec<Text> = command.iter().map(|text| Text::of(text)).collect();
        let mut given = GivenReply { failed: 0, value: Text::NONE };
        unsafe {
            ask_redis(
                self.host.as_ptr(),
                self.host.len(),
                self.port.into(),
                self.username.as_ptr(),
                self.username.len(),
                self.password.as_ptr(),
                self.password.len(),
                self.database,
                self.timeout_ms,
                texts.as_ptr(),
                texts.len(),
                &mut given,
            );
            let said = given.value.take_text();
            if given.failed == 0 {
                Ok(said)
            } else {
                Err(said)
            }
        }
    }
}
