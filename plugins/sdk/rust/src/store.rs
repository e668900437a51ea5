//! State that all replicas share. The plugin waits; other requests do not.
use crate::host::StoreError;
use crate::memory::{Maybe, Text};

#[link(wasm_import_module = "sluice:plugin/store@0.1.0")]
extern "C" {
    #[link_name = "get"]
    fn get_value(at: *const u8, length: usize, given: *mut GivenText);
    #[link_name = "set"]
    fn set_value(at: *const u8, length: usize, value: *const u8, value_length: usize, ttl_ms: u32, given: *mut [u8; 2]);
    #[link_name = "set-if-absent"]
    fn set_absent(at: *const u8, length: usize, value: *const u8, value_length: usize, ttl_ms: u32, given: *mut [u8; 2]);
    #[link_name = "delete"]
    fn delete_value(at: *const u8, length: usize, given: *mut [u8; 2]);
    #[link_name = "increment"]
    fn increment_by(at: *const u8, length: usize, by: i64, ttl_ms: u32, given: *mut GivenNumber);
}

#[repr(C)]
union TextOr {
    value: Maybe,
    error: u8,
}

#[repr(C)]
struct GivenText {
    failed: u8,
    of: TextOr,
}

#[repr(C)]
union NumberOr {
    value: i64,
    error: u8,
}

#[repr(C)]
struct GivenNumber {
    failed: u8,
    of: NumberOr,
}

fn outcome(given: [u8; 2]) -> Result<u8, StoreError> {
    if given[0] == 0 {
        Ok(given[1])
    } else {
        Err(StoreError::of(given[1]))
    }
}

pub fn get(key: &str) -> Result<Option<String>, StoreError> {
    let mut given = GivenText { failed: 0, of: TextOr { value: Maybe { there: 0, value: Text::NONE } } };
    unsafe {
        get_value(key.as_ptr(), key.len(), &mut given);
        if given.failed == 0 {
            Ok(given.of.value.take_text())
        } else {
            Err(StoreError::of(given.of.error))
        }
    }
}

/// A `ttl_ms` of 0: it stays.
pub fn set(key: &str, value: &str, ttl_ms: u32) -> Result<(), StoreError> {
    let mut given = [0; 2];
    unsafe { set_value(key.as_ptr(), key.len(), value.as_ptr(), value.len(), ttl_ms, &mut given) }
    outcome(given).map(|_| ())
}

/// False: there is a value already.
pub fn set_if_absent(key: &str, value: &str, ttl_ms: u32) -> Result<bool, StoreError> {
    let mut given = [0; 2];
    unsafe { set_absent(key.as_ptr(), key.len(), value.as_ptr(), value.len(), ttl_ms, &mut given) }
    outcome(given).map(|done| done != 0)
}

pub fn delete(key: &str) -> Result<(), StoreError> {
    let mut given = [0; 2];
    unsafe { delete_value(key.as_ptr(), key.len(), &mut given) }
    outcome(given).map(|_| ())
}

/// A counter that starts at 0 and lives so long from its first increment on; its new value.
pub fn increment(key: &str, by: i64, ttl_ms: u32) -> Result<i64, StoreError> {
    let mut given = GivenNumber { failed: 0, of: NumberOr { value: 0 } };
    unsafe {
        increment_by(key.as_ptr(), key.len(), by, ttl_ms, &mut given);
        if given.failed == 0 {
            Ok(given.of.value)
        } else {
            Err(StoreError::of(given.of.error))
        }
    }
}
