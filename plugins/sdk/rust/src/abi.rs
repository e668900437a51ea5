//! What `plugin!` is made of; not for others.
use crate::memory::{Line, Maybe, Text};
use crate::{Edit, Hook, Piece, Plugin, Reply, Setup, Verdict};
use std::cell::UnsafeCell;

/// The one plugin of an instance, and what its last answer points to. A component has one thread, and one hook at a time.
pub struct Slot<P>(UnsafeCell<Option<P>>, UnsafeCell<Held>);

unsafe impl<P> Sync for Slot<P> {}

/// Keeps what an answer points to until the host has read it.
struct Held {
    texts: Vec<Vec<u8>>,
    lines: Vec<Line>,
    hooks: Vec<Hook>,
    verdict: RawVerdict,
    edit: RawEdit,
    configured: RawConfigured,
}

#[derive(Clone, Copy)]
#[repr(C)]
struct RawReply {
    status: u16,
    headers: *const Line,
    header_count: usize,
    body: Text,
    kind: u8,
    reason: Maybe,
}

#[derive(Clone, Copy)]
#[repr(C)]
pub struct RawVerdict {
    tag: u8,
    answer: RawReply,
}

#[derive(Clone, Copy)]
#[repr(C)]
union ReplaceOr {
    replace: Text,
    answer: RawReply,
}

/// An edit, and a piece too, whose replacement is at the same place.
#[repr(C)]
pub struct RawEdit {
    tag: u8,
    of: ReplaceOr,
}

#[derive(Clone, Copy)]
#[repr(C)]
struct RawSetup {
    hooks: *const Hook,
    count: usize,
    tick_ms: u32,
}

#[repr(C)]
union SetupOr {
    setup: RawSetup,
    error: Text,
}

#[repr(C)]
pub struct RawConfigured {
    failed: u8,
    of: SetupOr,
}

const NO_REPLY: RawReply = RawReply {
    status: 0,
    headers: std::ptr::null(),
    header_count: 0,
    body: Text::NONE,
    kind: 0,
    reason: Maybe::NONE,
};

impl Held {
    fn text(&mut self, bytes: Vec<u8>) -> Text {
        let text = Text::of(&bytes);
        self.texts.push(bytes);
        text
    }

    fn reply(&mut self, reply: Reply) -> RawReply {
        for (name, value) in reply.headers {
            let line = Line { name: self.text(name.into_bytes()), value: self.text(value.into_bytes()) };
            self.lines.push(line);
        }
        let body = self.text(reply.body);
        let reason = reply.reason.map_or(Maybe::NONE, |word| Maybe { there: 1, value: self.text(word.into_bytes()) });
        let (headers, header_count) = (self.lines.as_ptr(), self.lines.len());
        RawReply { status: reply.status, headers, header_count, body, kind: reply.kind as u8, reason }
    }
}

impl<P: Plugin> Slot<P> {
    pub const fn new() -> Self {
        Slot(
            UnsafeCell::new(None),
            UnsafeCell::new(Held {
                texts: Vec::new(),
                lines: Vec::new(),
                hooks: Vec::new(),
                verdict: RawVerdict { tag: 0, answer: NO_REPLY },
                edit: RawEdit { tag: 0, of: ReplaceOr { answer: NO_REPLY } },
                configured: RawConfigured { failed: 0, of: SetupOr { error: Text::NONE } },
            }),
        )
    }

    #[allow(clippy::mut_from_ref)]
    unsafe fn held(&self) -> &mut Held {
        &mut *self.1.get()
    }

    /// # Safety
    /// Only the host calls this, and one function at a time.
    #[allow(clippy::mut_from_ref)]
    pub unsafe fn plugin(&self) -> &mut P {
        (*self.0.get()).as_mut().expect("the plugin is configured first")
    }

    /// # Safety
    /// As for [`Slot::plugin`].
    pub unsafe fn release(&self) {
        let held = self.held();
        held.texts.clear();
        held.lines.clear();
    }

    /// # Safety
    /// As for [`Slot::plugin`].
    pub unsafe fn configure(&self, at: *const u8, length: usize) -> *const RawConfigured {
        let config = text(at, length);
        let held = self.held();
        match P::configure(&config) {
            Ok((plugin, Setup { hooks, tick_ms })) => {
                *self.0.get() = Some(plugin);
                held.hooks = hooks;
                let (hooks, count) = (held.hooks.as_ptr(), held.hooks.len());
                held.configured = RawConfigured { failed: 0, of: SetupOr { setup: RawSetup { hooks, count, tick_ms } } };
            }
            Err(message) => {
                let error = held.text(message.into_bytes());
                held.configured = RawConfigured { failed: 1, of: SetupOr { error } };
            }
        }
        &held.configured
    }

    /// # Safety
    /// As for [`Slot::plugin`].
    pub unsafe fn verdict(&self, verdict: Verdict) -> *const RawVerdict {
        let held = self.held();
        held.verdict = match verdict {
            Verdict::Proceed => RawVerdict { tag: 0, answer: NO_REPLY },
            Verdict::PassBody => RawVerdict { tag: 1, answer: NO_REPLY },
            Verdict::Answer(reply) => RawVerdict { tag: 2, answer: held.reply(reply) },
        };
        &held.verdict
    }

    /// # Safety
    /// As for [`Slot::plugin`].
    pub unsafe fn edit<T: Into<Vec<u8>>>(&self, edit: Edit<T>) -> *const RawEdit {
        let held = self.held();
        held.edit = match edit {
            Edit::Keep => RawEdit { tag: 0, of: ReplaceOr { answer: NO_REPLY } },
            Edit::Replace(bytes) => RawEdit { tag: 1, of: ReplaceOr { replace: held.text(bytes.into()) } },
            Edit::Answer(reply) => RawEdit { tag: 2, of: ReplaceOr { answer: held.reply(reply) } },
        };
        &held.edit
    }

    /// # Safety
    /// As for [`Slot::plugin`].
    pub unsafe fn piece<T: Into<Vec<u8>>>(&self, piece: Piece<T>) -> *const RawEdit {
        self.edit(match piece {
            Piece::Keep => Edit::Keep,
            Piece::Replace(bytes) => Edit::Replace(bytes),
        })
    }
}

/// # Safety
/// The host has put it there for the plugin to own.
pub unsafe fn bytes(at: *const u8, length: usize) -> Vec<u8> {
    Text { at, length }.take()
}

/// # Safety
/// As for [`bytes`].
pub unsafe fn text(at: *const u8, length: usize) -> String {
    Text { at, length }.take_text()
}

/// Makes a type that is a [`Plugin`](crate::Plugin) the component's one.
#[macro_export]
macro_rules! plugin {
    ($plugin:ty) => {
        static SLUICE: $crate::abi::Slot<$plugin> = $crate::abi::Slot::new();
        $crate::exports! {
            "configure" configured(at: *const u8, length: usize) -> RawConfigured { SLUICE.configure(at, length) }
            "on-request-headers" request_headers(ctx: u32) -> RawVerdict {
                SLUICE.verdict($crate::Plugin::on_request_headers(SLUICE.plugin(), ctx))
            }
            "on-request-body" request_body(ctx: u32, at: *const u8, length: usize) -> RawEdit {
                SLUICE.edit($crate::Plugin::on_request_body(SLUICE.plugin(), ctx, $crate::abi::bytes(at, length)))
            }
            "on-chat-request" chat_request(ctx: u32, at: *const u8, length: usize) -> RawEdit {
                SLUICE.edit($crate::Plugin::on_chat_request(SLUICE.plugin(), ctx, $crate::abi::text(at, length)))
            }
            "on-response-headers" response_headers(ctx: u32) -> RawVerdict {
                SLUICE.verdict($crate::Plugin::on_response_headers(SLUICE.plugin(), ctx))
            }
            "on-response-body" response_body(ctx: u32, at: *const u8, length: usize) -> RawEdit {
                SLUICE.edit($crate::Plugin::on_response_body(SLUICE.plugin(), ctx, $crate::abi::bytes(at, length)))
            }
            "on-response-chunk" response_chunk(ctx: u32, at: *const u8, length: usize, last: i32) -> RawEdit {
                let chunk = $crate::abi::bytes(at, length);
                SLUICE.piece($crate::Plugin::on_response_chunk(SLUICE.plugin(), ctx, chunk, last != 0))
            }
            "on-chat-event" chat_event(ctx: u32, at: *const u8, length: usize) -> RawEdit {
                SLUICE.piece($crate::Plugin::on_chat_event(SLUICE.plugin(), ctx, $crate::abi::text(at, length)))
            }
        }
        #[export_name = "sluice:plugin/guest@0.1.0#on-done"]
        unsafe extern "C" fn sluice_done(ctx: u32) {
            $crate::Plugin::on_done(SLUICE.plugin(), ctx);
        }
        #[export_name = "sluice:plugin/guest@0.1.0#on-tick"]
        unsafe extern "C" fn sluice_tick() {
            $crate::Plugin::on_tick(SLUICE.plugin());
        }
    };
}

/// Functions of the component, each with the one that gives back what its answer points to.
#[doc(hidden)]
#[macro_export]
macro_rules! exports {
    ($($wit:literal $name:ident($($arg:ident: $type:ty),*) -> $raw:ident $body:block)*) => {
        $(mod $name {
            use super::*;
            #[export_name = concat!("sluice:plugin/guest@0.1.0#", $wit)]
            unsafe extern "C" fn run($($arg: $type),*) -> *const $crate::abi::$raw $body
            #[export_name = concat!("cabi_post_sluice:plugin/guest@0.1.0#", $wit)]
            unsafe extern "C" fn over(_answer: *const $crate::abi::$raw) {
                SLUICE.release();
            }
        })*
    };
}
