//! `include/segw.h` is what cbindgen makes of the sources now. `SEGW_BLESS=1` writes it anew; `SEGW_HEADER=FILE` writes the
//! header of the sizes that this was built with there.

#![allow(clippy::expect_used)]

use std::path::Path;

/// The files below `src/capi`, in the order in which a reader of the header comes to need their functions.
const CAPI: &[&str] =
    &["command", "ike_event", "timer", "action", "event", "ike_sa", "memory", "log", "policies", "adopt", "request"];

fn fresh() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut config = cbindgen::Config::from_file(root.join("include/cbindgen.toml")).expect("include/cbindgen.toml");
    let after = config.after_includes.take().expect("after_includes");
    let after = after.replace("@VERSION@", segw::VERSION).replace("@ABI@", &segw::ABI.to_string());
    config.after_includes = Some(after.replace("@SIZES@", env!("SEGW_SIZES")));
    let mut header = Vec::new();
    let builder = cbindgen::Builder::new()
        .with_config(config)
        .with_src(concat!(env!("OUT_DIR"), "/sizes.rs"))
        .with_src(root.join("src/limits.rs"))
        .with_src(root.join("src/config/model.rs"))
        .with_src(root.join("src/abi.rs"))
        .with_src(root.join("src/capi.rs"));
    CAPI.iter()
        .fold(builder, |builder, file| builder.with_src(root.join("src/capi").join(file).with_extension("rs")))
        .generate()
        .expect("cbindgen")
        .write(&mut header);
    // What Rust calls the safety of a function is, to a C programmer, what its pointers must point at.
    String::from_utf8(header).expect("UTF-8").replace("\n// # Safety\n", "\n// Memory:\n")
}

#[test]
fn the_committed_header_is_fresh() {
    let fresh = fresh();
    if let Some(path) = std::env::var_os("SEGW_HEADER") {
        std::fs::write(path, fresh).expect("SEGW_HEADER");
        return;
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("include/segw.h");
    if std::env::var_os("SEGW_BLESS").is_some() {
        std::fs::write(&path, &fresh).expect("include/segw.h");
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == fresh, "include/segw.h differs from src/; run: tests/run header --bless");
}
