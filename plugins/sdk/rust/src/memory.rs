//! Values in memory as the canonical ABI lays them out.
use crate::Header;
use std::alloc::{alloc, dealloc, realloc, Layout};

/// A text, or bytes.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Text {
    pub at: *const u8,
    pub length: usize,
}

/// A header.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Line {
    pub name: Text,
    pub value: Text,
}

/// A list of headers.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Lines {
    pub at: *const Line,
    pub count: usize,
}

/// `option<string>`.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Maybe {
    pub there: u8,
    pub value: Text,
}

impl Text {
    pub const NONE: Text = Text { at: std::ptr::null(), length: 0 };

    pub fn of(bytes: &[u8]) -> Self {
        Text { at: bytes.as_ptr(), length: bytes.len() }
    }

    /// Takes what the host has put into memory that `cabi_realloc` gave it.
    pub unsafe fn take(self) -> Vec<u8> {
        if self.length == 0 {
            return Vec::new();
        }
        Vec::from_raw_parts(self.at as *mut u8, self.length, self.length)
    }

    /// The host gives valid UTF-8.
    pub unsafe fn take_text(self) -> String {
        String::from_utf8_unchecked(self.take())
    }
}

impl Line {
    pub fn of((name, value): &Header) -> Self {
        Line { name: Text::of(name.as_bytes()), value: Text::of(value.as_bytes()) }
    }
}

impl Lines {
    pub unsafe fn take(self) -> Vec<Header> {
        if self.count == 0 {
            return Vec::new();
        }
        let lines = Vec::from_raw_parts(self.at as *mut Line, self.count, self.count);
        lines.into_iter().map(|line| (line.name.take_text(), line.value.take_text())).collect()
    }
}

impl Maybe {
    pub const NONE: Maybe = Maybe { there: 0, value: Text::NONE };

    pub unsafe fn take_text(self) -> Option<String> {
        (self.there != 0).then(|| self.value.take_text())
    }
}

/// Gives the host memory for what it passes in.
#[export_name = "cabi_realloc"]
unsafe extern "C" fn cabi_realloc(old: *mut u8, old_size: usize, align: usize, size: usize) -> *mut u8 {
    let made = match (old_size, size) {
        (_, 0) => {
            if old_size > 0 {
                dealloc(old, Layout::from_size_align_unchecked(old_size, align));
            }
            return align as *mut u8;
        }
        (0, _) => alloc(Layout::from_size_align_unchecked(size, align)),
        _ => realloc(old, Layout::from_size_align_unchecked(old_size, align), size),
    };
    if made.is_null() {
        std::process::abort();
    }
    made
}
