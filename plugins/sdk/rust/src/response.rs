//! The answer on its way back; empty before there is one.
use crate::memory::{Lines, Maybe};
use crate::Header;

#[link(wasm_import_module = "sluice:plugin/response@0.1.0")]
extern "C" {
    #[link_name = "get-status"]
    fn get_status() -> i32;
    #[link_name = "set-status"]
    fn set_status_as(status: i32);
    #[link_name = "get-header"]
    fn get_header(at: *const u8, length: usize, given: *mut Maybe);
    #[link_name = "get-headers"]
    fn get_headers(given: *mut Lines);
    #[link_name = "set-header"]
    fn set_header_as(at: *const u8, length: usize, value: *const u8, value_length: usize);
    #[link_name = "add-header"]
    fn add_header_as(at: *const u8, length: usize, value: *const u8, value_length: usize);
    #[link_name = "remove-header"]
    fn remove_header_of(at: *const u8, length: usize);
}

/// 0 when there is none.
pub fn status() -> u16 {
    unsafe { get_status() as u16 }
}

pub fn set_status(status: u16) {
    unsafe { set_status_as(status.into()) }
}

pub fn header(name: &str) -> Option<String> {
    let mut given = Maybe::NONE;
    unsafe {
        get_header(name.as_ptr(), name.len(), &mut given);
        given.take_text()
    }
}

pub fn headers() -> Vec<Header> {
    let mut given = Lines { at: std::ptr::null(), count: 0 };
    unsafe {
        get_headers(&mut given);
        given.take()
    }
}

pub fn set_header(name: &str, value: &str) {
    unsafe { set_header_as(name.as_ptr(), name.len(), value.as_ptr(), value.len()) }
}

pub fn add_header(name: &str, value: &str) {
    unsafe { add_header_as(name.as_ptr(), name.len(), value.as_ptr(), value.len()) }
}

pub fn remove_header(name: &str) {
    unsafe { remove_header_of(name.as_ptr(), name.len()) }
}
