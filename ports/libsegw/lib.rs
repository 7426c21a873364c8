//! libsegw.a: the C API of the crate `segw`, whose functions a static library exports by themselves.
#![no_std]

extern crate segw as _;
