#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cardflow_fuzz::templates(data));
