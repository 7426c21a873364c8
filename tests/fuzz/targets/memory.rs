//! The state file: whatever its text is, it does no harm, and what is kept of it is written back the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use segw::addr::parse;
use segw::clock::Clock;
use segw::engine::Engine;
use segw::limits::MEMORY_CAP;
use segw::memory::Memory;
use segw::time::Instant;

fn read(text: &[u8]) -> Memory {
    let mut memory = Memory::new();
    memory.read(text, &Clock::new(Instant(0), 1), Instant(0));
    memory
}

fn written(memory: &Memory) -> String {
    let mut text = String::new();
    memory.text(&Clock::new(Instant(0), 1), Instant(0), &mut |piece| text.push_str(piece));
    text
}

fuzz_target!(|bytes: &[u8]| {
    let memory = read(bytes);
    let text = written(&memory);
    assert!(text.len() <= MEMORY_CAP, "{} bytes", text.len());
    let again = written(&read(text.as_bytes()));
    assert_eq!(again, text, "what was written is read as something else");
    for (name, addr) in text.lines().skip(1).filter_map(|line| line.split_once(' ')) {
        assert!(name.bytes().all(|byte| byte.is_ascii_graphic()), "{name}");
        if addr.starts_with("pin ") {
            assert!(memory.pinned(name).is_some(), "{name} {addr}");
        } else if !addr.starts_with("drain ") {
            assert_eq!(memory.of(name), Some(addr), "{name} is there twice");
            assert!(parse(addr).is_ok(), "{name} {addr}");
        }
    }
    // A torn text is worth nothing.
    if let Some(torn) = text.len().checked_sub(1 + bytes.len() % text.len()) {
        let torn = written(&read(&text.as_bytes()[..torn]));
        assert_eq!(torn, "libsegw state 1\nend\n");
    }
    let mut engine = Engine::new(Instant(0), 1);
    engine.restore(bytes);
    assert!(engine.memory_text(&mut [0; MEMORY_CAP]).is_err(), "nothing has changed yet");
});
