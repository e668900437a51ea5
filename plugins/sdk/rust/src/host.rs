//! The gateway around the plugin.
use crate::memory::{Maybe, Text};

#[link(wasm_import_module = "sluice:plugin/host@0.1.0")]
extern "C" {
    #[link_name = "log"]
    fn log_as(level: i32, at: *const u8, length: usize);
    #[link_name = "now-ms"]
    fn now() -> u64;
    #[link_name = "random"]
    fn random_number() -> f64;
    #[link_name = "secret"]
    fn secret_of(at: *const u8, length: usize, given: *mut Maybe);
    #[link_name = "get-shared"]
    fn get_shared(at: *const u8, length: usize, given: *mut MaybeShared);
    #[link_name = "set-shared"]
    fn set_shared_as(
        at: *const u8,
        length: usize,
        there: i32,
        value: *const u8,
        value_length: usize,
        cas: u32,
        given: *mut [u8; 2],
    );
    #[link_name = "add-metric"]
    fn add_metric_as(kind: i32, at: *const u8, length: usize, by: f64);
    #[link_name = "set-metric"]
    fn set_metric_as(at: *const u8, length: usize, value: f64);
}

#[repr(C)]
struct MaybeShared {
    there: u8,
    value: Text,
    cas: u32,
}

#[derive(Clone, Copy, Debug)]
#[repr(u8)]
pub enum Level {
    Trace,
    Debug,
    Info,
    Warn,
    Error,
    Critical,
}

#[derive(Clone, Copy, Debug)]
#[repr(u8)]
pub enum Metric {
    Counter,
    Gauge,
    Histogram,
}

/// Why shared data or the store did not do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreError {
    Unavailable,
    /// Somebody else has written meanwhile.
    Mismatch,
    TooLarge,
}

impl StoreError {
    pub(crate) fn of(number: u8) -> Self {
        match number {
            1 => StoreError::Mismatch,
            2 => StoreError::TooLarge,
            _ => StoreError::Unavailable,
        }
    }
}

pub fn log(level: Level, message: &str) {
    unsafe { log_as(level as i32, message.as_ptr(), message.len()) }
}

/// Unix time in milliseconds.
pub fn now_ms() -> u64 {
    unsafe { now() }
}

/// From 0 to below 1.
pub fn random() -> f64 {
    unsafe { random_number() }
}

/// A secret of the plugin's entry.
pub fn secret(name: &str) -> Option<String> {
    let mut given = Maybe::NONE;
    unsafe {
        secret_of(name.as_ptr(), name.len(), &mut given);
        given.take_text()
    }
}

/// A value that this plugin's instances share, and the number that tells its changes.
pub fn shared(key: &str) -> Option<(Vec<u8>, u32)> {
    let mut given = MaybeShared { there: 0, value: Text::NONE, cas: 0 };
    unsafe {
        get_shared(key.as_ptr(), key.len(), &mut given);
        (given.there != 0).then(|| (given.value.take(), given.cas))
    }
}

/// With a `cas` that is not 0 and not the value's, nothing is set. `None` removes it.
pub fn set_shared(key: &str, value: Option<&[u8]>, cas: u32) -> Result<(), StoreError> {
    let written = value.unwrap_or(&[]);
    let mut given = [0u8; 2];
    unsafe {
        let (at, length) = (written.as_ptr(), written.len());
        set_shared_as(key.as_ptr(), key.len(), value.is_some().into(), at, length, cas, &mut given);
    }
    if given[0] == 0 {
        Ok(())
    } else {
        Err(StoreError::of(given[1]))
    }
}

/// Adds to a counter or a gauge, or notes a sample of a histogram.
pub fn add_metric(kind: Metric, name: &str, by: f64) {
    unsafe { add_metric_as(kind as i32, name.as_ptr(), name.len(), by) }
}

/// Sets a gauge.
pub fn set_metric(name: &str, value: f64) {
    unsafe { set_metric_as(name.as_ptr(), name.len(), value) }
}
