//! The request that a hook is about. What is set here is what the upstream gets.
use crate::memory::{Lines, Maybe, Text};
use crate::Header;

#[link(wasm_import_module = "sluice:plugin/request@0.1.0")]
extern "C" {
    #[link_name = "get-method"]
    fn get_method(given: *mut Text);
    #[link_name = "set-method"]
    fn set_method_as(at: *const u8, length: usize);
    #[link_name = "get-host"]
    fn get_host(given: *mut Text);
    #[link_name = "set-host"]
    fn set_host_as(at: *const u8, length: usize);
    #[link_name = "get-path"]
    fn get_path(given: *mut Text);
    #[link_name = "set-path"]
    fn set_path_as(at: *const u8, length: usize);
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
    #[link_name = "get-property"]
    fn get_property(at: *const u8, length: usize, given: *mut Maybe);
    #[link_name = "set-property"]
    fn set_property_as(at: *const u8, length: usize, there: i32, value: *const u8, value_length: usize);
    #[link_name = "set-consumer"]
    fn set_consumer_as(at: *const u8, length: usize);
    #[link_name = "reroute"]
    fn reroute_now();
    #[link_name = "override-upstream"]
    fn override_upstream_as(at: *const u8, length: usize);
}

unsafe fn text(get: unsafe extern "C" fn(*mut Text)) -> String {
    let mut given = Text::NONE;
    get(&mut given);
    given.take_text()
}

pub fn method() -> String {
    unsafe { text(get_method) }
}

pub fn set_method(method: &str) {
    unsafe { set_method_as(method.as_ptr(), method.len()) }
}

/// Without port, in lower case.
pub fn host() -> String {
    unsafe { text(get_host) }
}

pub fn set_host(host: &str) {
    unsafe { set_host_as(host.as_ptr(), host.len()) }
}

/// With the query.
pub fn path() -> String {
    unsafe { text(get_path) }
}

/// With the query.
pub fn set_path(path: &str) {
    unsafe { set_path_as(path.as_ptr(), path.len()) }
}

/// Several lines of one name are joined. Names are in lower case.
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

/// A fact by Envoy's attribute names, or what a plugin has set.
pub fn property(path: &str) -> Option<String> {
    let mut given = Maybe::NONE;
    unsafe {
        get_property(path.as_ptr(), path.len(), &mut given);
        given.take_text()
    }
}

/// `None` removes it.
pub fn set_property(path: &str, value: Option<&str>) {
    let written = value.unwrap_or("");
    unsafe { set_property_as(path.as_ptr(), path.len(), value.is_some().into(), written.as_ptr(), written.len()) }
}

/// Names who asks, for limits, logs and metrics.
pub fn set_consumer(name: &str) {
    unsafe { set_consumer_as(name.as_ptr(), name.len()) }
}

/// The route is looked up again after this hook.
pub fn reroute() {
    unsafe { reroute_now() }
}

/// Of the service's endpoints, this one (`host:port`).
pub fn override_upstream(address: &str) {
    unsafe { override_upstream_as(address.as_ptr(), address.len()) }
}
