//! `include/segw.h` is what cbindgen makes of the sources now. `SEGW_BLESS=1` writes it anew.

#![allow(clippy::expect_used)]

use std::path::Path;

fn fresh() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut config = cbindgen::Config::from_file(root.join("include/cbindgen.toml")).expect("include/cbindgen.toml");
    let versions = config.after_includes.take().expect("after_includes");
    config.after_includes = Some(versions.replace("@VERSION@", segw::VERSION).replace("@ABI@", &segw::ABI.to_string()));
    let mut header = Vec::new();
    cbindgen::Builder::new()
        .with_config(config)
        .with_src(root.join("src/limits.rs"))
        .with_src(root.join("src/config/model.rs"))
        .with_src(root.join("src/abi.rs"))
        .with_src(root.join("src/capi.rs"))
        .with_src(root.join("src/capi/adopt.rs"))
        .with_src(root.join("src/capi/request.rs"))
        .generate()
        .expect("cbindgen")
        .write(&mut header);
    let text = String::from_utf8(header).expect("UTF-8");
    // Rust's contract of an unsafe function says to a C programmer what every C function says.
    let mut lines: Vec<&str> = Vec::new();
    let mut safety = false;
    for line in text.lines() {
        safety = if line == "// # Safety" { true } else { safety && line.starts_with("//") };
        // The blank comment line before it goes too.
        if safety && lines.last() == Some(&"//") {
            lines.pop();
        }
        if !safety {
            lines.push(line);
        }
    }
    lines.join("\n") + "\n"
}

#[test]
fn the_committed_header_is_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("include/segw.h");
    let fresh = fresh();
    if std::env::var_os("SEGW_BLESS").is_some() {
        std::fs::write(&path, &fresh).expect("include/segw.h");
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == fresh, "include/segw.h differs from src/; run: tests/run header --bless");
}
